//! The layers and their gradients against those that training takes.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance};
use compute::Activation;

use super::{FrozenConvolution, FrozenLinear, activated};
use crate::emulated::on_emulated_gpu;
use crate::{conv_transpose2d, conv2d, linear};

const ACTIVATIONS: [Activation; 3] = [Activation::Identity, Activation::Leaky, Activation::Tanh];

/// Numbers drawn on the CPU, so that every device sees the same.
fn random<const D: usize>(shape: [usize; D], size: f64, device: &Device) -> Tensor<D> {
    let drawn = Tensor::<D>::random(shape, Distribution::Uniform(-size, size), &Device::flex());
    Tensor::from_data(drawn.into_data(), device)
}

/// What `ours` and `theirs` make of `x`, and the gradients for it.
fn check<const D: usize>(
    x: Tensor<D>,
    ours: impl Fn(Tensor<D>) -> Tensor<D>,
    theirs: impl Fn(Tensor<D>) -> Tensor<D>,
) {
    let made = |layer: &dyn Fn(Tensor<D>) -> Tensor<D>| {
        let x = x.clone().autodiff().require_grad();
        let made = layer(x.clone());
        Device::flex().seed(3);
        let factors = random(made.dims(), 1.0, &x.device());
        let gradients = (made.clone() * factors).sum().backward();
        (made, x.grad(&gradients).unwrap())
    };
    let ((ours, gradient), (theirs, expected)) = (made(&ours), made(&theirs));
    assert_same(ours, theirs);
    assert_same(gradient, expected);
}

fn assert_same<const D: usize>(found: Tensor<D>, expected: Tensor<D>) {
    // Sums of a few hundred numbers below 1, in another order.
    let tolerance = Tolerance::<f32>::rel_abs(1e-4, 2e-4);
    found
        .into_data()
        .assert_approx_eq(&expected.into_data(), tolerance);
}

fn check_convolutions(device: &Device) {
    // Batch, channels in, channels out, height, width, kernel: an odd side and one that is no square fall back.
    let cases = [
        [1, 3, 8, 64, 64, 5],
        [2, 17, 33, 8, 8, 5],
        [4, 40, 20, 4, 4, 5],
        [1, 6, 5, 4, 4, 3],
        [3, 4, 7, 6, 10, 5],
        [1, 2, 3, 7, 7, 5],
    ];
    for ([batch, inputs, outputs, height, width, kernel], activation) in
        cases.into_iter().zip(ACTIVATIONS.into_iter().cycle())
    {
        Device::flex().seed(7);
        let x = random([batch, inputs, height, width], 1.0, device);
        let bias = random([outputs], 1.0, device);
        let size = 2.0 / ((inputs * kernel * kernel) as f64).sqrt();
        let weight = random([outputs, inputs, kernel, kernel], size, device);
        let layer = FrozenConvolution::strided(weight.clone(), bias.clone(), activation);
        // What was made ready the first time also does for other batches.
        let batches = [x.clone(), Tensor::cat(vec![x.clone(), x.clone()], 0)];
        for x in batches.clone() {
            check(
                x,
                |x| layer.forward(x),
                |x| activated(conv2d(x, weight.clone(), Some(bias.clone())), activation),
            );
        }
        let weight = random([inputs, outputs, kernel, kernel], size, device);
        let layer = FrozenConvolution::transposed(weight.clone(), bias.clone(), activation);
        for x in batches {
            let theirs = |x| {
                let sums = conv_transpose2d(x, weight.clone(), Some(bias.clone()));
                activated(sums, activation)
            };
            check(x, |x| layer.forward(x), theirs);
        }
    }
}

fn check_linear(device: &Device) {
    // Batches that the shader reads one at a time, four at a time, and not at all.
    for ([batch, inputs, outputs], activation) in [[1, 100, 256], [8, 37, 6], [3, 20, 9]]
        .into_iter()
        .zip(ACTIVATIONS)
    {
        Device::flex().seed(7);
        let x = random([batch, inputs], 1.0, device);
        let bias = random([outputs], 1.0, device);
        let weight = random([inputs, outputs], 2.0 / (inputs as f64).sqrt(), device);
        let layer = FrozenLinear::new(weight.clone(), bias.clone(), activation);
        check(
            x,
            |x| layer.forward(x),
            |x| activated(linear(x, weight.clone(), Some(bias.clone())), activation),
        );
    }
}

#[test]
fn layers_agree_with_those_of_training_on_the_cpu() {
    check_convolutions(&Device::flex());
    check_linear(&Device::flex());
}

#[needs::gpu]
fn layers_agree_with_those_of_training_on_a_gpu() {
    on_emulated_gpu(
        "frozen::tests::layers_agree_with_those_of_training_on_a_gpu",
        |gpu| {
            check_convolutions(&gpu.device);
            check_linear(&gpu.device);
        },
    );
}
