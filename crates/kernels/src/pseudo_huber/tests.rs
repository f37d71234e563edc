//! The penalty and its gradient against what Burn makes of it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance};

use super::pseudo_huber;
use crate::emulated::on_emulated_gpu;

const GAMMA: f64 = 0.05;

fn burns(x: Tensor<3>) -> Tensor<1> {
    let ratio = x / GAMMA;
    (((ratio.clone() * ratio + 1.0).sqrt() - 1.0) * GAMMA).mean()
}

fn check(device: &Device) {
    for shape in [[1, 1, 1], [3, 5, 7], [2, 300, 301]] {
        Device::flex().seed(5);
        let drawn = Tensor::<3>::random(shape, Distribution::Normal(0.0, 0.2), &Device::flex());
        let penalty = |form: fn(Tensor<3>) -> Tensor<1>, device: &Device| {
            let x = Tensor::<3>::from_data(drawn.clone().into_data(), device);
            let x = x.autodiff().require_grad();
            let made = form(x.clone());
            // What follows a penalty is a weight.
            let gradients = (made.clone() * 3.0).backward();
            (made, x.grad(&gradients).unwrap())
        };
        let (found, gradient) = penalty(|x| pseudo_huber(x, GAMMA), device);
        let (expected, its_gradient) = penalty(burns, &Device::flex());
        let tolerance = Tolerance::<f32>::rel_abs(1e-5, 1e-9);
        found
            .into_data()
            .assert_approx_eq(&expected.into_data(), tolerance);
        gradient
            .into_data()
            .assert_approx_eq(&its_gradient.into_data(), tolerance);
    }
}

#[test]
fn the_penalty_and_its_gradient_agree_with_burns_on_the_cpu() {
    check(&Device::flex());
}

#[needs::gpu]
fn the_penalty_and_its_gradient_agree_with_burns_on_a_gpu() {
    on_emulated_gpu(
        "pseudo_huber::tests::the_penalty_and_its_gradient_agree_with_burns_on_a_gpu",
        |gpu| check(&gpu.device),
    );
}
