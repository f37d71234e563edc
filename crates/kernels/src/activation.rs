//! The activations of the networks: leaky ReLU, after batch normalization or alone, and the hyperbolic tangent, each as
//! one operation with a gradient of its own. On the CPU and on GPUs that run WGSL they are ours, in two or three passes
//! over the values where Burn's tensor operations take a dozen. On other devices they are Burn's.

mod autodiff;
pub(crate) mod backend;
mod cpu;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{DType, Device, Tensor, activation, module};

use crate::backend::{is_cpu, wgpu};
use crate::mean::mean_towards;
use crate::ranks::Others;
use backend::ActivationOps;

/// How [`norm_leaky`] normalizes.
#[derive(Debug, Clone, Copy)]
pub struct Normalization {
    /// Batches of equal size that lie in the input one after the other, each of which is normalized by its own statistics.
    pub batches: usize,
    /// Added to the variance.
    pub epsilon: f64,
    /// What negative values are multiplied by.
    pub slope: f64,
    /// How much each batch weighs in the running statistics; none where they stay as they are.
    pub weight: Option<f64>,
    /// Who has the rest of each batch: each has its rows, and as many as the others.
    pub others: Option<Others>,
}

/// The results of [`norm_leaky`].
#[derive(Debug, Clone)]
pub struct NormLeaky<const D: usize> {
    /// The activations, of the input's shape.
    pub output: Tensor<D>,
    /// The running mean and the running biased variance after the batches, `[channels]` each, off the autodiff graph.
    pub running: [Tensor<1>; 2],
}

/// Batch normalization with the batch's statistics (Ioffe and Szegedy, 2015), then leaky ReLU: `x` `[batch, channels,
/// ..]` is normalized, multiplied by `gamma`, `beta` added (each `[channels]`), and its negative values multiplied by the
/// slope. `running` are mean and variance over time, `[channels]` each.
///
/// # Panics
/// Where `gamma`, `beta` or a running statistic is not `[channels]`, or there are others and not [`sums_over_processes`].
#[must_use]
pub fn norm_leaky<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    running: [Tensor<1>; 2],
    norm: Normalization,
) -> NormLeaky<D> {
    let running = running.map(Tensor::without_autodiff);
    let channels = x.dims()[1];
    assert_eq!(gamma.dims(), [channels], "gamma has one value per channel");
    assert_eq!(beta.dims(), [channels], "beta has one value per channel");
    for statistic in &running {
        assert_eq!(statistic.dims(), [channels], "one value per channel");
    }
    let over_processes = norm.others.filter(|_| !is_cpu(&x.device()));
    if let Some(others) = over_processes {
        return each_batch(x, running, norm, |x| {
            norm_leaky_over(x, gamma.clone(), beta.clone(), norm, others)
        });
    }
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_ours(&x.device()) {
        return each_batch(x, running, norm, |x| {
            let (gamma, beta) = (gamma.clone(), beta.clone());
            let normed = module::batch_norm_train(x, gamma, beta, norm.epsilon);
            let output = activation::leaky_relu(normed.output, norm.slope);
            (output, [normed.mean, normed.variance])
        });
    }
    // An operation's tensors are all of one kind.
    let kind = |statistic: Tensor<1>| match x.is_autodiff() {
        true => statistic.autodiff().into_dispatch(),
        false => statistic.into_dispatch(),
    };
    let [mean, variance] = running.map(kind);
    let (gamma, beta) = (gamma.into_dispatch(), beta.into_dispatch());
    let (output, _, mean, variance) =
        Dispatch::norm_leaky(x.into_dispatch(), gamma, beta, mean, variance, norm);
    NormLeaky {
        output: Tensor::from_dispatch(output),
        running: [mean, variance].map(|moved| Tensor::from_dispatch(moved).without_autodiff()),
    }
}

/// The same by `normed`, which takes a batch and finds its output, mean and variance.
fn each_batch<const D: usize>(
    x: Tensor<D>,
    mut running: [Tensor<1>; 2],
    norm: Normalization,
    normed: impl Fn(Tensor<D>) -> (Tensor<D>, [Tensor<1>; 2]),
) -> NormLeaky<D> {
    let outputs = x.chunk(norm.batches, 0).into_iter().map(|batch| {
        let (output, found) = normed(batch);
        if let Some(weight) = norm.weight {
            let [mean, variance] = found.map(Tensor::without_autodiff);
            let [running_mean, running_variance] = running.clone();
            running = [
                mean_towards(running_mean, mean, weight),
                mean_towards(running_variance, variance, weight),
            ];
        }
        output
    });
    let output = Tensor::cat(outputs.collect(), 0);
    NormLeaky { output, running }
}

/// A batch on a GPU that others have the rest of, by tensor operations: each sum goes through the processor's memory to the
/// others.
fn norm_leaky_over<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    norm: Normalization,
    others: Others,
) -> (Tensor<D>, [Tensor<1>; 2]) {
    assert!(
        sums_over_processes(&x.device()),
        "statistics of several processes are not computed on this device"
    );
    let shape = x.dims();
    let channels = shape[1];
    let x = x.reshape([shape[0] as i32, channels as i32, -1]);
    let count = (x.shape().num_elements() / channels * others.count()) as f64;
    let mean_over = |x: Tensor<3>| -> Tensor<1> {
        let own = x.sum_dim(2).sum_dim(0).reshape([channels]);
        let sum = Dispatch::sum_over(own.into_dispatch(), others);
        Tensor::from_dispatch(sum) / count
    };
    let each = |values: Tensor<1>| values.reshape([1, channels, 1]);
    let mean = mean_over(x.clone());
    let apart = x - each(mean.clone());
    let variance = mean_over(apart.clone() * apart.clone());
    let factor = (variance.clone() + norm.epsilon).sqrt().recip() * gamma;
    let output = apart * each(factor) + each(beta);
    let output = leaky(output, norm.slope).reshape(shape);
    (output, [mean, variance])
}

/// Whether [`norm_leaky`] on `device` takes the statistics of several processes' batches.
#[must_use]
pub fn sums_over_processes(device: &Device) -> bool {
    is_ours(device)
}

/// Leaky ReLU: `x` with its negative values multiplied by `slope`, which is above zero.
#[must_use]
pub fn leaky<const D: usize>(x: Tensor<D>, slope: f64) -> Tensor<D> {
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_ours(&x.device()) {
        return activation::leaky_relu(x, slope);
    }
    Tensor::from_dispatch(Dispatch::leaky_slope(x.into_dispatch(), slope))
}

/// The hyperbolic tangent of `x`. On the CPU, where Burn computes one value at a time, it is ours, and on GPUs its gradient.
#[must_use]
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_ours(&x.device()) {
        return activation::tanh(x);
    }
    Tensor::from_dispatch(Dispatch::tangent(x.into_dispatch()))
}

/// Whether the operations on `device` are ours.
pub(crate) fn is_ours(device: &Device) -> bool {
    is_cpu(device) || wgpu(device).is_some()
}
