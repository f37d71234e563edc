//! The operations and their gradients against Burn's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance, activation, module};

use super::{leaky, norm_leaky};

const EPSILON: f64 = 1e-5;
const SLOPE: f64 = 0.2;

fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::random(shape, Distribution::Normal(0.3, 1.5), device)
}

fn assert_same<const D: usize>(ours: Tensor<D>, burns: Tensor<D>) {
    // Sums of a few thousand numbers near 1, in another order.
    let tolerance = Tolerance::<f32>::absolute(1e-4);
    ours.into_data()
        .assert_approx_eq(&burns.into_data(), tolerance);
}

fn burns<const D: usize>(x: Tensor<D>, gamma: Tensor<1>, beta: Tensor<1>) -> Tensor<D> {
    let normed = module::batch_norm_train(x, gamma, beta, EPSILON);
    activation::leaky_relu(normed.output, SLOPE)
}

fn check<const D: usize>(shape: [usize; D]) {
    let device = Device::flex().autodiff();
    device.seed(7);
    let x = random(shape, &device).require_grad();
    let gamma = random([shape[1]], &device).require_grad();
    let beta = random([shape[1]], &device).require_grad();
    let factors = random(shape, &device);
    let ours = norm_leaky(x.clone(), gamma.clone(), beta.clone(), EPSILON, SLOPE);
    let theirs = burns(x.clone(), gamma.clone(), beta.clone());
    assert_same(ours.output.clone(), theirs.clone());
    let statistics = module::batch_norm_train(x.clone(), gamma.clone(), beta.clone(), EPSILON);
    assert_same(ours.mean, statistics.mean);
    assert_same(ours.variance, statistics.variance);
    let ours = (ours.output * factors.clone()).sum().backward();
    let theirs = (theirs * factors).sum().backward();
    assert_same(x.grad(&ours).unwrap(), x.grad(&theirs).unwrap());
    assert_same(gamma.grad(&ours).unwrap(), gamma.grad(&theirs).unwrap());
    assert_same(beta.grad(&ours).unwrap(), beta.grad(&theirs).unwrap());
}

#[test]
fn normalization_and_its_gradients_agree_with_burns() {
    check([2, 1, 1, 1]);
    check([3, 4, 5, 7]);
    check([32, 9]);
    check([5, 33, 8, 8]);
    check([2, 3, 40]);
}

#[test]
fn leaky_and_its_gradient_agree_with_burns() {
    let device = Device::flex().autodiff();
    for shape in [[1, 1], [3, 70_001]] {
        let x = random(shape, &device).require_grad();
        let factors = random(shape, &device);
        let (ours, theirs) = (
            leaky(x.clone(), SLOPE),
            activation::leaky_relu(x.clone(), SLOPE),
        );
        assert_same(ours.clone(), theirs.clone());
        let ours = (ours * factors.clone()).sum().backward();
        let theirs = (theirs * factors).sum().backward();
        assert_same(x.grad(&ours).unwrap(), x.grad(&theirs).unwrap());
    }
}

#[test]
fn a_far_mean_does_not_spoil_the_variance() {
    let x = Tensor::<2>::from_floats([[10_000.0], [10_001.0], [10_002.0]], &Device::flex());
    let ones = Tensor::<1>::ones([1], &Device::flex());
    let made = norm_leaky(x, ones.clone(), ones, EPSILON, SLOPE);
    let variance = made.variance.into_scalar::<f64>();
    assert!((variance - 2.0 / 3.0).abs() < 1e-6, "{variance}");
}

#[test]
fn outputs_without_autodiff_are_the_same() {
    let device = Device::flex();
    let x = random([4, 3, 6, 5], &device);
    let (gamma, beta) = (random([3], &device), random([3], &device));
    let plain = norm_leaky(x.clone(), gamma.clone(), beta.clone(), EPSILON, SLOPE).output;
    let tracked = norm_leaky(
        x.autodiff(),
        gamma.autodiff(),
        beta.autodiff(),
        EPSILON,
        SLOPE,
    );
    let data = tracked.output.without_autodiff().into_data();
    plain.into_data().assert_eq(&data, true);
}
