//! The product and its gradients against Burn's on the CPU.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance};

use super::{linear, product};
use crate::emulated::on_emulated_gpu;

/// Numbers drawn on the CPU, so that every device sees the same.
fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let drawn = Tensor::<D>::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex());
    Tensor::from_data(drawn.into_data(), device)
}

fn assert_same<const D: usize>(found: Tensor<D>, expected: Tensor<D>) {
    // Sums of at most a few thousand products of numbers below 1, in another order.
    let tolerance = Tolerance::<f32>::absolute(4e-4);
    found
        .into_data()
        .assert_approx_eq(&expected.into_data(), tolerance);
}

/// The layer and its gradients, weighted so that each value counts differently.
fn layer(
    operation: fn(Tensor<2>, Tensor<2>, Option<Tensor<1>>) -> Tensor<2>,
    [rows, depth, columns]: [usize; 3],
    device: &Device,
) -> (Tensor<2>, Tensor<2>, Tensor<2>, Tensor<1>) {
    let device = device.clone().autodiff();
    Device::flex().seed(5);
    let x = random([rows, depth], &device).require_grad();
    let weight = random([depth, columns], &device).require_grad();
    let bias = random([columns], &device).require_grad();
    let factors = random([rows, columns], &device);
    let made = operation(x.clone(), weight.clone(), Some(bias.clone()));
    let gradients = (made.clone() * factors).sum().backward();
    (
        made,
        x.grad(&gradients).unwrap(),
        weight.grad(&gradients).unwrap(),
        bias.grad(&gradients).unwrap(),
    )
}

fn burns(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    x.matmul(weight) + bias.unwrap().unsqueeze()
}

fn check(device: &Device) {
    for shape in [
        [1, 1, 1],
        [8, 100, 33],
        [33, 2049, 7],
        [3, 5, 1030],
        [16, 64, 64],
    ] {
        let found = layer(linear, shape, device);
        let expected = layer(burns, shape, &Device::flex());
        assert_same(found.0, expected.0);
        assert_same(found.1, expected.1);
        assert_same(found.2, expected.2);
        assert_same(found.3, expected.3);
    }
    let views = |device: &Device| {
        Device::flex().seed(6);
        let left = random([9, 6], device).swap_dims(0, 1);
        (left, random([12, 11], device).narrow(0, 2, 9))
    };
    let (left, right) = views(device);
    let (cpu_left, cpu_right) = views(&Device::flex());
    assert_same(product(left, right), cpu_left.matmul(cpu_right));
}

#[test]
fn layers_agree_with_burns() {
    check(&Device::flex());
}

#[needs::gpu]
fn the_shader_agrees_with_burn() {
    on_emulated_gpu("product::tests::the_shader_agrees_with_burn", |gpu| {
        check(&gpu.device);
    });
}
