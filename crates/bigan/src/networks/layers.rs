//! The layers the three networks share, set up as the paper sets them.

use burn::module::{Module, ModuleMapper, Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig, ConvTranspose2d, ConvTranspose2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, Initializer, Linear, LinearConfig, PaddingConfig2d};
use burn::tensor::{Device, Tensor, module};
use kernels::{Normalization, Others};

use super::virtual_norm::virtual_batch_norm;
use inference::config::NetworkConfig;

/// Slope of the leaky ReLU below zero.
const LEAK: f64 = compute::LEAKY_SLOPE;
/// How much a new batch weighs in the running statistics: 1 minus the paper's decay of 0.97.
const MOMENTUM: f64 = 0.03;

/// The statistics that a batch norm normalizes by.
#[derive(Debug, Clone, Copy)]
pub enum Statistics {
    /// The running ones, gathered while training: inference.
    Running,
    /// The batch's own, leaving the running ones alone: a network that gradients pass through, and that is not trained.
    Batch,
    /// The batch's own, which also enter the running ones: a network in training (on an autodiff device).
    Record,
    /// Those of a batch of which other processes have the rest. With `record` they also enter the running ones, which stay
    /// the same in all processes.
    Shared {
        /// The other processes.
        others: Others,
        /// Whether the network is in training.
        record: bool,
    },
    /// The batch's own, which the running ones become the mean of together with those of `before` batches before: a
    /// network that is no longer trained, and gets new statistics.
    Mean {
        /// How many batches the running ones are the mean of; 0 to forget them.
        before: usize,
    },
    /// Virtual batch normalization: those of a reference batch, which are the input's first `rows`. With `record` they
    /// become the running ones.
    Reference {
        /// How many rows of the input are the reference batch; at least one more follows.
        rows: usize,
        /// Whether the network is in training.
        record: bool,
    },
}

impl Statistics {
    /// How much the batch's statistics weigh in the running ones, which `momentum` says for a network in training; none
    /// where they do not enter them.
    fn weight(self, momentum: f64) -> Option<f64> {
        match self {
            Self::Record | Self::Shared { record: true, .. } => Some(momentum),
            Self::Mean { before } => Some(1.0 / (before as f64 + 1.0)),
            _ => None,
        }
    }
}

/// Batch normalization by the statistics asked for, then leaky ReLU. `[batch, channels, ..]` to the same shape.
pub(crate) fn norm_leaky<const D: usize>(
    norm: &BatchNorm,
    input: Tensor<D>,
    statistics: Statistics,
) -> Tensor<D> {
    norm_leaky_each(norm, input, statistics, 1)
}

/// The same of `batches` that lie in the input one after the other, as if they came one after the other: each is normalized by
/// its own statistics, where they are the batch's.
pub(crate) fn norm_leaky_each<const D: usize>(
    norm: &BatchNorm,
    input: Tensor<D>,
    statistics: Statistics,
    batches: usize,
) -> Tensor<D> {
    let (gamma, beta) = (norm.gamma.val(), norm.beta.val());
    // `value_sync` merges what training on this or another thread has recorded since.
    let states = [&norm.running_mean, &norm.running_var];
    let others = match statistics {
        Statistics::Running => {
            let [mean, variance] = states.map(RunningState::value_sync);
            let normed = module::batch_norm(input, gamma, beta, mean, variance, norm.epsilon);
            return leaky(normed);
        }
        Statistics::Reference { rows, record } => {
            return leaky(virtual_batch_norm(norm, input, rows, record));
        }
        Statistics::Shared { others, .. } => Some(others),
        Statistics::Batch | Statistics::Record | Statistics::Mean { .. } => None,
    };
    let running = states.map(RunningState::value_sync);
    let settings = Normalization {
        batches,
        epsilon: norm.epsilon,
        slope: LEAK,
        weight: statistics.weight(norm.momentum),
        others,
    };
    let made = kernels::norm_leaky(input, gamma, beta, running, settings);
    if settings.weight.is_some() {
        for (state, moved) in states.into_iter().zip(made.running) {
            // Where it is, because an update would be averaged over threads when it is read.
            state.clone().map(&mut Replaced(moved));
        }
    }
    made.output
}

/// Puts a tensor in the place of the only one of a module.
struct Replaced(Tensor<1>);

impl ModuleMapper for Replaced {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let (id, old, _) = param.consume();
        let value = self.0.clone().reshape(old.shape());
        Param::initialized(id, value.to_device(&old.device()))
    }
}

/// The layer's convolution, by our kernels.
pub(crate) fn halve(layer: &Conv2d, input: Tensor<4>) -> Tensor<4> {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    kernels::conv2d(input, layer.weight.val(), bias)
}

/// The layer's transposed convolution, by our kernels.
pub(crate) fn double(layer: &ConvTranspose2d, input: Tensor<4>) -> Tensor<4> {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    kernels::conv_transpose2d(input, layer.weight.val(), bias)
}

/// The layer's product, by our kernels. `[batch, in]` to `[batch, out]`.
pub(crate) fn dense(layer: &Linear, input: Tensor<2>) -> Tensor<2> {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    kernels::linear(input, layer.weight.val(), bias)
}

/// The same with the paper's leaky ReLU, and the factors of dropout, `[batch, out]`, where there is some.
pub(crate) fn dense_leaky(layer: &Linear, input: Tensor<2>, mask: Option<&Tensor<2>>) -> Tensor<2> {
    let bias = layer.bias.as_ref().map(|bias| bias.val());
    kernels::linear_leaky(input, layer.weight.val(), bias, LEAK, mask.cloned())
}

/// The paper's leaky ReLU.
pub(crate) fn leaky<const D: usize>(input: Tensor<D>) -> Tensor<D> {
    kernels::leaky(input, LEAK)
}

/// 5x5 convolution that halves the side.
pub(crate) fn halving(inputs: usize, outputs: usize, device: &Device) -> Conv2d {
    strided(inputs, outputs, 5, device)
}

/// The convolutions with which E and D begin, down to 4x4, and the batch norms after all but the first.
pub(crate) fn halvings(config: &NetworkConfig, device: &Device) -> (Vec<Conv2d>, Vec<BatchNorm>) {
    let outputs: Vec<usize> = (0..config.halvings()).map(|n| config.width << n).collect();
    let inputs = [3].into_iter().chain(outputs.iter().copied());
    let convolutions = inputs
        .zip(&outputs)
        .map(|(inputs, outputs)| halving(inputs, *outputs, device))
        .collect();
    let norms = outputs.iter().skip(1).map(|count| norm(*count, device));
    (convolutions, norms.collect())
}

/// Convolutions with the batch norm that follows each; none follows the first.
pub(crate) fn normed<'a>(
    convolutions: &'a [Conv2d],
    norms: &'a [BatchNorm],
) -> impl Iterator<Item = (&'a Conv2d, Option<&'a BatchNorm>)> {
    let norms = [None].into_iter().chain(norms.iter().map(Some));
    convolutions.iter().zip(norms)
}

/// A convolution, the batch norm that follows it, and leaky ReLU, of `batches` that lie in `x` one after the other.
pub(crate) fn halve_leaky(
    convolution: &Conv2d,
    norm: Option<&BatchNorm>,
    x: Tensor<4>,
    statistics: Statistics,
    batches: usize,
) -> Tensor<4> {
    let x = halve(convolution, x);
    match norm {
        Some(norm) => norm_leaky_each(norm, x, statistics, batches),
        None => leaky(x),
    }
}

/// Stride-2 convolution with a square kernel, padded so that an even side halves.
pub(crate) fn strided(inputs: usize, outputs: usize, kernel: usize, device: &Device) -> Conv2d {
    let pad = kernel / 2;
    Conv2dConfig::new([inputs, outputs], [kernel, kernel])
        .with_stride([2, 2])
        .with_padding(PaddingConfig2d::Explicit(pad, pad, pad, pad))
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// 5x5 transposed convolution that doubles the side.
pub(crate) fn doubling(inputs: usize, outputs: usize, device: &Device) -> ConvTranspose2d {
    ConvTranspose2dConfig::new([inputs, outputs], [5, 5])
        .with_stride([2, 2])
        .with_padding([2, 2])
        .with_padding_out([1, 1])
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// Fully connected layer.
pub(crate) fn linear(inputs: usize, outputs: usize, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs)
        .with_initializer(Initializer::Zeros)
        .init(device)
}

/// Batch norm over `channels`, at the identity.
pub(crate) fn norm(channels: usize, device: &Device) -> BatchNorm {
    BatchNormConfig::new(channels)
        .with_momentum(MOMENTUM)
        .init(device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_statistics_are_the_mean_of_batches() {
        let device = Device::flex();
        let layer = norm(1, &device);
        let batches = [[1.0, 3.0], [5.0, 5.0], [0.0, 6.0]];
        for (before, values) in batches.into_iter().enumerate() {
            let x = Tensor::<1>::from_floats(values, &device).reshape([2, 1]);
            norm_leaky(&layer, x, Statistics::Mean { before });
        }
        // Means 2, 5 and 3, variances 1, 0 and 9; nothing of the identity's is left.
        let value = |running: &RunningState<Tensor<1>>| running.value_sync().into_scalar::<f32>();
        let (mean, variance) = (value(&layer.running_mean), value(&layer.running_var));
        assert!((mean - 10.0 / 3.0).abs() < 1e-5, "{mean}");
        assert!((variance - 10.0 / 3.0).abs() < 1e-5, "{variance}");
    }
}
