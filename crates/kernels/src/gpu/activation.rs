//! The activations on GPUs: `shaders/norm_leaky.wgsl`, its gradient, and `shaders/leaky.wgsl`.

use burn::backend::tensor::FloatTensor;
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};

use super::channels::Channels;
use super::{launch, padding};
use crate::activation::Normalization;
use crate::activation::backend::{
    ActivationGradients, ActivationOps, KeptNorm, Normed, plain_tangent_gradient,
};
use compute::Activation;
use compute::shader::WORKGROUP;
use compute::shaders::{
    ChannelSum, LEAKY, Leaky, NORM_LEAKY, NORM_LEAKY_GRADIENT, NormLeaky, NormLeakyGradient,
};

impl ActivationOps for CubeBackend {
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        norm: Normalization,
    ) -> Normed<Self> {
        norm_leaky([x, gamma, beta, running_mean, running_variance], &norm)
    }

    fn leaky_slope(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        leaky([x.clone(), x], None, slope)
    }
}

impl ActivationGradients for CubeBackend {
    fn norm_leaky_gradients(
        kept: KeptNorm<Self>,
        output: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        norm_leaky_gradients([kept.x, output, kept.scale], &kept.norm)
    }

    fn leaky_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self> {
        leaky([output, gradient], None, slope)
    }

    fn tangent_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let sides = match output.meta.shape()[..] {
            [_, _, height, width] if width.is_multiple_of(4) => [height, width],
            _ => return plain_tangent_gradient::<Self>(output, gradient),
        };
        // One pass, which pads by nothing.
        padding::pad_gradient(gradient, (output, Activation::Tanh), 0, sides)
    }
}

/// As [`ActivationOps::norm_leaky`].
fn norm_leaky(read: [CubeTensor; 5], norm: &Normalization) -> Normed<CubeBackend> {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape, norm.batches);
    let shader = channels.in_workgroups(NORM_LEAKY.shader(), &read[0]);
    let output = launch::empty(&read[0], shape);
    // The running statistics lie where they can be bound as buffers of their own.
    let align = |count: usize| count.next_multiple_of(launch::alignment(&output));
    let means = align(4 * norm.batches * channels.count);
    let variances = means + align(channels.count);
    let kept = launch::empty(&output, [variances + channels.count]);
    let ChannelSum {
        batch,
        channels: count,
        area,
        lanes,
    } = channels.sizes(&shader);
    let weight = norm.weight.unwrap_or_default();
    let parameters = NormLeaky {
        batch,
        batches: norm.batches as u32,
        channels: count,
        area,
        lanes,
        epsilon: norm.epsilon as f32,
        slope: norm.slope as f32,
        weight: weight as f32,
        keep: (1.0 - weight) as f32,
        means: means as u32,
        variances: variances as u32,
    };
    let (grid, written) = (channels.grid(&output), [&output, &kept]);
    launch::queue(&NORM_LEAKY, shader, grid, read, written, parameters);
    let [mean, variance] = [means, variances].map(|at| launch::part(&kept, at, channels.count));
    (output, kept, mean, variance)
}

/// The gradients for input, gamma and beta, from the input, the output's gradient and what the forward pass kept.
fn norm_leaky_gradients(read: [CubeTensor; 3], norm: &Normalization) -> [CubeTensor; 3] {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape, norm.batches);
    let shader = channels.in_workgroups(NORM_LEAKY_GRADIENT.shader(), &read[0]);
    let x = launch::empty(&read[0], shape);
    let [gamma, beta] = [(); 2].map(|()| launch::empty(&x, [channels.count]));
    let ChannelSum {
        batch,
        channels: count,
        area,
        lanes,
    } = channels.sizes(&shader);
    let parameters = NormLeakyGradient {
        batch,
        batches: norm.batches as u32,
        channels: count,
        area,
        lanes,
        slope: norm.slope as f32,
    };
    let (grid, written) = (channels.grid(&x), [&x, &gamma, &beta]);
    launch::queue(
        &NORM_LEAKY_GRADIENT,
        shader,
        grid,
        read,
        written,
        parameters,
    );
    [x, gamma, beta]
}

/// The second tensor's values, times `slope` where the first's are below zero, and times the mask's.
pub(crate) fn leaky(
    [sign, values]: [CubeTensor; 2],
    mask: Option<CubeTensor>,
    slope: f64,
) -> CubeTensor {
    let masked = u32::from(mask.is_some());
    let mask = mask.unwrap_or_else(|| values.clone());
    let read = [sign, values, mask].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let result = launch::empty(&read[0], shape);
    let grid = launch::grid_on(&result.client, count, WORKGROUP);
    let parameters = Leaky {
        count,
        slope: slope as f32,
        masked,
    };
    launch::queue(&LEAKY, LEAKY.shader(), grid, read, [&result], parameters);
    result
}
