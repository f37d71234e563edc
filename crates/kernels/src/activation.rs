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
use crate::ranks::Others;
use backend::ActivationOps;

/// The results of [`norm_leaky`].
#[derive(Debug, Clone)]
pub struct NormLeaky<const D: usize> {
    /// The activations, of the input's shape.
    pub output: Tensor<D>,
    /// Mean of each channel over samples and positions, `[channels]`; no gradient flows into it.
    pub mean: Tensor<1>,
    /// Biased variance of each channel, `[channels]`; no gradient flows into it.
    pub variance: Tensor<1>,
}

/// Batch normalization with the batch's statistics (Ioffe and Szegedy, 2015), then leaky ReLU: `x` `[batch, channels,
/// ..]` is normalized, with `epsilon` added to the variance, multiplied by `gamma`, `beta` added (each `[channels]`),
/// and its negative values multiplied by `slope`. With `others`, the batch is that of all of them together: each has its
/// rows, and as many as the others.
///
/// # Panics
/// Where `gamma` or `beta` is not `[channels]`, or there are `others` and not [`sums_over_processes`].
#[must_use]
pub fn norm_leaky<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    slope: f64,
    others: Option<Others>,
) -> NormLeaky<D> {
    if let Some(others) = others
        && !is_cpu(&x.device())
    {
        return norm_leaky_over(x, gamma, beta, epsilon, slope, others);
    }
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_ours(&x.device()) {
        let normed = module::batch_norm_train(x, gamma, beta, epsilon);
        return NormLeaky {
            output: activation::leaky_relu(normed.output, slope),
            mean: normed.mean,
            variance: normed.variance,
        };
    }
    let channels = x.dims()[1];
    assert_eq!(gamma.dims(), [channels], "gamma has one value per channel");
    assert_eq!(beta.dims(), [channels], "beta has one value per channel");
    let [x, gamma, beta] = [
        x.into_dispatch(),
        gamma.into_dispatch(),
        beta.into_dispatch(),
    ];
    let (output, mean, variance, _) = Dispatch::norm_leaky(x, gamma, beta, epsilon, slope, others);
    NormLeaky {
        output: Tensor::from_dispatch(output),
        mean: Tensor::from_dispatch(mean),
        variance: Tensor::from_dispatch(variance),
    }
}

/// The same on a GPU, of tensor operations: each sum goes through the processor's memory to the others.
fn norm_leaky_over<const D: usize>(
    x: Tensor<D>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    slope: f64,
    others: Others,
) -> NormLeaky<D> {
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
    let factor = (variance.clone() + epsilon).sqrt().recip() * gamma;
    let output = apart * each(factor) + each(beta);
    NormLeaky {
        output: leaky(output, slope).reshape(shape),
        mean: mean.detach(),
        variance: variance.detach(),
    }
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

/// The hyperbolic tangent of `x`. Ours on the CPU only, where Burn computes one value at a time.
#[must_use]
pub fn tanh<const D: usize>(x: Tensor<D>) -> Tensor<D> {
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_cpu(&x.device()) {
        return activation::tanh(x);
    }
    Tensor::from_dispatch(Dispatch::tangent(x.into_dispatch()))
}

/// Whether the operations on `device` are ours.
pub(crate) fn is_ours(device: &Device) -> bool {
    is_cpu(device) || wgpu(device).is_some()
}
