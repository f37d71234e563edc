//! The product and its gradients against Burn's on the CPU.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance, activation};

use super::{linear, linear_leaky, product};
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

const SLOPE: f64 = 0.2;

/// A layer of input, weight, bias and mask.
type Form = fn(Tensor<2>, Tensor<2>, Tensor<1>, Tensor<2>) -> Tensor<2>;

/// Each form of a layer, and what it is to Burn.
const FORMS: [[Form; 2]; 3] = [
    [
        |x, weight, bias, _| linear(x, weight, Some(bias)),
        |x, weight, bias, _| x.matmul(weight) + bias.unsqueeze(),
    ],
    [
        |x, weight, bias, _| linear_leaky(x, weight, Some(bias), SLOPE, None),
        |x, weight, bias, _| activation::leaky_relu(x.matmul(weight) + bias.unsqueeze(), SLOPE),
    ],
    [
        |x, weight, bias, mask| linear_leaky(x, weight, Some(bias), SLOPE, Some(mask)),
        |x, weight, bias, mask| {
            activation::leaky_relu(x.matmul(weight) + bias.unsqueeze(), SLOPE) * mask
        },
    ],
];

/// The layer and its gradients, weighted so that each value counts differently.
fn layer(
    form: Form,
    [rows, depth, columns]: [usize; 3],
    device: &Device,
) -> (Tensor<2>, Tensor<2>, Tensor<2>, Tensor<1>) {
    let device = device.clone().autodiff();
    Device::flex().seed(5);
    let x = random([rows, depth], &device).require_grad();
    let weight = random([depth, columns], &device).require_grad();
    let bias = random([columns], &device).require_grad();
    let factors = random([rows, columns], &device);
    // As dropout's: some values are zero.
    let mask = random([rows, columns], &device).clamp_min(0.0);
    let made = form(x.clone(), weight.clone(), bias.clone(), mask);
    let gradients = (made.clone() * factors).sum().backward();
    (
        made,
        x.grad(&gradients).unwrap(),
        weight.grad(&gradients).unwrap(),
        bias.grad(&gradients).unwrap(),
    )
}

fn check(device: &Device) {
    let shapes = [
        [1, 1, 1],
        [8, 100, 33],
        [33, 2049, 7],
        [3, 5, 1030],
        [16, 64, 64],
    ];
    for (shape, [ours, burns]) in shapes
        .iter()
        .flat_map(|shape| FORMS.map(|form| (*shape, form)))
    {
        let found = layer(ours, shape, device);
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
