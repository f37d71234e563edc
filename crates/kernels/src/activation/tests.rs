//! The operations and their gradients against Burn's.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Distribution, Tensor, Tolerance, activation, module};

use compute::{LEAKY_SLOPE as SLOPE, NORM_EPSILON as EPSILON};

use super::{Normalization, leaky, norm_leaky, tanh};
use crate::backend::is_cpu;
use crate::emulated::on_emulated_gpu;
use crate::ranks::{AllReduce, Others};

/// Numbers drawn on the CPU, so that every device sees the same.
fn random<const D: usize>(shape: [usize; D], device: &Device) -> Tensor<D> {
    let drawn = Tensor::<D>::random(shape, Distribution::Normal(0.3, 1.5), &Device::flex());
    Tensor::from_data(drawn.into_data(), device)
}

fn assert_same<const D: usize>(ours: Tensor<D>, burns: Tensor<D>) {
    // Sums of a few thousand numbers near 1, in another order.
    let tolerance = Tolerance::<f32>::rel_abs(1e-5, 1e-4);
    ours.into_data()
        .assert_approx_eq(&burns.into_data(), tolerance);
}

/// A batch, as the networks normalize it.
const ONE: Normalization = Normalization {
    batches: 1,
    epsilon: EPSILON,
    slope: SLOPE,
    weight: None,
    others: None,
};

/// How much a batch weighs in the tests' running statistics.
const WEIGHT: f64 = 0.3;

/// Output, and running statistics afterwards, of batches one after the other.
fn burns<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    mut running: [Tensor<1>; 2],
    batches: usize,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    let outputs = x.chunk(batches, 0).into_iter().map(|x| {
        let normed = module::batch_norm_train(x, gamma.clone(), beta.clone(), EPSILON);
        let found = [normed.mean, normed.variance].map(Tensor::without_autodiff);
        for (running, found) in running.iter_mut().zip(found) {
            *running = running.clone() * (1.0 - WEIGHT) + found * WEIGHT;
        }
        activation::leaky_relu(normed.output, SLOPE)
    });
    (Tensor::cat(outputs.collect(), 0), running)
}

/// Ours on `device` against Burn's on the CPU: a result or gradient of each.
fn check<const D: usize>(shape: [usize; D], batches: usize, device: &Device) {
    let (ours, cpu) = (device.clone().autodiff(), Device::flex().autodiff());
    Device::flex().seed(7);
    let x = random(shape, &cpu).require_grad();
    let gamma = random([shape[1]], &cpu).require_grad();
    let beta = random([shape[1]], &cpu).require_grad();
    let factors = random(shape, &cpu);
    let running = [(); 2].map(|()| random([shape[1]], &Device::flex()));
    let (theirs, statistics) = burns(
        x.clone(),
        gamma.clone(),
        beta.clone(),
        running.clone(),
        batches,
    );

    let our_x = on(&x, &ours).require_grad();
    let (our_gamma, our_beta) = (
        on(&gamma, &ours).require_grad(),
        on(&beta, &ours).require_grad(),
    );
    let made = norm_leaky(
        our_x.clone(),
        our_gamma.clone(),
        our_beta.clone(),
        running.each_ref().map(|statistic| on(statistic, device)),
        Normalization {
            batches,
            weight: Some(WEIGHT),
            ..ONE
        },
    );
    assert_same(made.output.clone(), theirs.clone());
    for (found, expected) in made.running.into_iter().zip(statistics) {
        assert_same(found, expected);
    }
    let found = (made.output * on(&factors, &ours)).sum().backward();
    let expected = (theirs * factors).sum().backward();
    assert_same(our_x.grad(&found).unwrap(), x.grad(&expected).unwrap());
    assert_same(
        our_gamma.grad(&found).unwrap(),
        gamma.grad(&expected).unwrap(),
    );
    assert_same(
        our_beta.grad(&found).unwrap(),
        beta.grad(&expected).unwrap(),
    );
}

/// The same values as a new leaf on `device`.
fn on<const D: usize>(tensor: &Tensor<D>, device: &Device) -> Tensor<D> {
    Tensor::from_data(tensor.clone().into_data(), device)
}

fn check_all(device: &Device) {
    check([2, 1, 1, 1], 1, device);
    check([3, 4, 5, 7], 1, device);
    check([32, 9], 1, device);
    check([5, 33, 8, 8], 1, device);
    check([2, 3, 40], 1, device);
    check([33, 2, 13, 11], 1, device);
    check([9, 4, 5, 7], 3, device);
    check([32, 70], 2, device);
    check([34, 2, 13, 11], 2, device);
}

fn check_leaky(device: &Device) {
    let (ours, cpu) = (device.clone().autodiff(), Device::flex().autodiff());
    for shape in [[1, 1], [3, 70_001]] {
        let x = random(shape, &cpu).require_grad();
        let factors = random(shape, &cpu);
        let our_x = on(&x, &ours).require_grad();
        let (found, expected) = (
            leaky(our_x.clone(), SLOPE),
            activation::leaky_relu(x.clone(), SLOPE),
        );
        assert_same(found.clone(), expected.clone());
        let found = (found * on(&factors, &ours)).sum().backward();
        let expected = (expected * factors).sum().backward();
        assert_same(our_x.grad(&found).unwrap(), x.grad(&expected).unwrap());
    }
}

#[test]
fn the_inference_shaders_leak_as_much_as_the_networks() {
    let text = include_str!("../../../../shaders/parts/activation.wgsl");
    assert!(text.contains(&format!("const SLOPE: f32 = {SLOPE};")));
}

#[test]
fn burns_batch_norm_has_the_networks_epsilon() {
    assert_eq!(burn::nn::BatchNormConfig::new(1).epsilon, EPSILON);
}

fn check_tangent(device: &Device) {
    let values: Vec<f32> = (-70_000..70_000).map(|step| step as f32 * 2e-4).collect();
    for shape in [
        [1, 1, 1, 140_000],
        [4, 5, 70, 100],
        [20, 7, 1_000, 1],
        [2, 1, 1, 70_000],
    ] {
        let leaf = |device: &Device| {
            let x = Tensor::<1>::from_floats(values.as_slice(), &device.clone().autodiff());
            x.reshape(shape).require_grad()
        };
        let (ours, burns) = (leaf(device), leaf(&Device::flex()));
        let (found, expected) = (tanh(ours.clone()), activation::tanh(burns.clone()));
        // WGSL lets a device take tanh from exponentials, which loses digits near zero.
        let tolerance = match is_cpu(device) {
            true => Tolerance::<f32>::rel_abs(2e-6, 1e-9),
            false => Tolerance::<f32>::absolute(1e-5),
        };
        let data = expected.clone().into_data();
        found.clone().into_data().assert_approx_eq(&data, tolerance);
        let found = ours.grad(&found.sum().backward()).unwrap();
        let expected = burns.grad(&expected.sum().backward()).unwrap();
        assert_same(found, expected);
    }
}

#[test]
fn the_tangent_and_its_gradient_agree_with_burns() {
    check_tangent(&Device::flex());
}

#[test]
fn operations_and_their_gradients_agree_with_burns() {
    check_all(&Device::flex());
    check_leaky(&Device::flex());
}

#[needs::gpu]
fn shaders_and_their_gradients_agree_with_burn() {
    on_emulated_gpu(
        "activation::tests::shaders_and_their_gradients_agree_with_burn",
        |gpu| {
            check_all(&gpu.device);
            check_leaky(&gpu.device);
            check_tangent(&gpu.device);
        },
    );
}

#[test]
fn a_far_mean_does_not_spoil_the_variance() {
    let x = Tensor::<2>::from_floats([[10_000.0], [10_001.0], [10_002.0]], &Device::flex());
    let ones = Tensor::<1>::ones([1], &Device::flex());
    let norm = Normalization {
        weight: Some(1.0),
        ..ONE
    };
    let others: [Option<Others>; 2] = [None, Some(&Twins)];
    for others in others {
        let norm = Normalization { others, ..norm };
        let running = [ones.clone(), ones.clone()];
        let [_, variance] =
            norm_leaky(x.clone(), ones.clone(), ones.clone(), running, norm).running;
        let variance = variance.into_scalar::<f64>();
        assert!((variance - 2.0 / 3.0).abs() < 1e-6, "{variance}");
    }
}

#[test]
fn outputs_without_autodiff_are_the_same() {
    let device = Device::flex();
    let x = random([4, 3, 6, 5], &device);
    let (gamma, beta) = (random([3], &device), random([3], &device));
    let running = [gamma.clone(), beta.clone()];
    let plain = norm_leaky(x.clone(), gamma.clone(), beta.clone(), running.clone(), ONE).output;
    let tracked = norm_leaky(
        x.autodiff(),
        gamma.autodiff(),
        beta.autodiff(),
        running,
        ONE,
    );
    let data = tracked.output.without_autodiff().into_data();
    plain.into_data().assert_eq(&data, true);
}

/// What one of several equal processes adds up.
#[derive(Debug)]
struct Twins;

impl AllReduce for Twins {
    fn count(&self) -> usize {
        2
    }

    fn sum(&self, values: &mut [f64]) {
        values.iter_mut().for_each(|value| *value *= 2.0);
    }
}

/// A batch and its twin have the statistics of one of them, and so have its gradients.
fn twins_are_as_one_alone(ours: &Device) {
    let device = Device::flex();
    let shape = [4, 3, 6, 5];
    let (x, factors) = (random(shape, &device), random(shape, &device));
    let (gamma, beta) = (random([3], &device), random([3], &device));
    let found = |others: Option<Others>, device: &Device| {
        let device = device.clone().autodiff();
        let (gamma, beta) = (
            on(&gamma, &device).require_grad(),
            on(&beta, &device).require_grad(),
        );
        let x = on(&x, &device).require_grad();
        let made = norm_leaky(
            x.clone(),
            gamma.clone(),
            beta.clone(),
            [gamma.clone(), beta.clone()],
            Normalization {
                batches: 2,
                weight: Some(1.0),
                others,
                ..ONE
            },
        );
        let gradients = (made.output.clone() * on(&factors, &device))
            .sum()
            .backward();
        let of_channels = [gamma, beta].map(|channel| channel.grad(&gradients).unwrap());
        (made, x.grad(&gradients).unwrap(), of_channels)
    };
    let (alone, alone_x, alone_channels) = found(None, &device);
    let (shared, shared_x, shared_channels) = found(Some(&Twins), ours);
    assert_same(shared.output, alone.output);
    for (shared, alone) in shared.running.into_iter().zip(alone.running) {
        assert_same(shared, alone);
    }
    assert_same(shared_x, alone_x);
    for (shared, alone) in shared_channels.into_iter().zip(alone_channels) {
        assert_same(shared, alone);
    }
}

#[test]
fn a_batch_that_is_shared_has_the_statistics_of_all() {
    twins_are_as_one_alone(&Device::flex());
}

#[needs::gpu]
fn a_batch_that_is_shared_by_gpus_has_the_statistics_of_all() {
    on_emulated_gpu(
        "activation::tests::a_batch_that_is_shared_by_gpus_has_the_statistics_of_all",
        |gpu| twins_are_as_one_alone(&gpu.device),
    );
}
