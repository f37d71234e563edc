//! Penalties and their gradients against what Burn makes of them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance};

use super::{cross_entropy, pseudo_huber};
use crate::emulated::on_emulated_gpu;

const GAMMA: f64 = 0.05;
const LABEL: f64 = 0.9;

type Form = fn(Tensor<3>) -> Tensor<1>;

fn burns_pseudo_huber(x: Tensor<3>) -> Tensor<1> {
    let ratio = x / GAMMA;
    (((ratio.clone() * ratio + 1.0).sqrt() - 1.0) * GAMMA).mean()
}

fn burns_cross_entropy(logits: Tensor<3>) -> Tensor<1> {
    ((logits.clone().exp() + 1.0).log() - logits * LABEL).mean()
}

fn check(device: &Device) {
    let forms: [(f64, Form, Form); 2] = [
        (0.2, |x| pseudo_huber(x, GAMMA), burns_pseudo_huber),
        (3.0, |x| cross_entropy(x, LABEL), burns_cross_entropy),
    ];
    for (deviation, ours, burns) in forms {
        for shape in [[1, 1, 1], [3, 5, 7], [2, 300, 301]] {
            Device::flex().seed(5);
            let distribution = Distribution::Normal(0.0, deviation);
            let drawn = Tensor::<3>::random(shape, distribution, &Device::flex());
            let penalty = |form: Form, device: &Device| {
                let x = Tensor::<3>::from_data(drawn.clone().into_data(), device);
                let x = x.autodiff().require_grad();
                let made = form(x.clone());
                // What follows a penalty is a weight.
                let gradients = (made.clone() * 3.0).backward();
                (made, x.grad(&gradients).unwrap())
            };
            let (found, gradient) = penalty(ours, device);
            let (expected, its_gradient) = penalty(burns, &Device::flex());
            // Of a mean over 180,000 values, whose sum Burn adds up in f32.
            let tolerance = Tolerance::<f32>::rel_abs(1e-5, 1e-9);
            found
                .into_data()
                .assert_approx_eq(&expected.into_data(), tolerance);
            let tolerance =
                Tolerance::<f32>::rel_abs(1e-5, 1e-6 / drawn.shape().num_elements() as f32);
            gradient
                .into_data()
                .assert_approx_eq(&its_gradient.into_data(), tolerance);
        }
    }
}

#[test]
fn penalties_and_their_gradients_agree_with_burns_on_the_cpu() {
    check(&Device::flex());
}

#[needs::gpu]
fn penalties_and_their_gradients_agree_with_burns_on_a_gpu() {
    on_emulated_gpu(
        "penalty::tests::penalties_and_their_gradients_agree_with_burns_on_a_gpu",
        |gpu| check(&gpu.device),
    );
}

/// Logits far out, where exponentials overflow or vanish.
#[test]
fn confident_logits_stay_finite() {
    let logits = Tensor::<1>::from_floats([500.0, -500.0], &Device::flex());
    for label in [0.0, 1.0] {
        let logits = logits.clone().autodiff().require_grad();
        let mean = cross_entropy(logits.clone(), label);
        let gradients = mean.backward();
        assert_eq!(mean.into_scalar::<f32>(), 250.0);
        let gradient = logits.grad(&gradients).unwrap().into_data();
        let expected = [(1.0 - label) / 2.0, -label / 2.0];
        let tolerance = Tolerance::<f32>::rel_abs(1e-6, 1e-7);
        gradient.assert_approx_eq(
            &burn::tensor::TensorData::from(expected.map(|value| value as f32)),
            tolerance,
        );
    }
}
