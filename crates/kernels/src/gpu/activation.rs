//! The activations on GPUs: `shaders/norm_leaky.wgsl`, its gradient, and `shaders/leaky.wgsl`.

use burn::backend::tensor::FloatTensor;
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};

use super::channels::Channels;
use super::launch;
use crate::activation::backend::{ActivationGradients, ActivationOps, KeptNorm, Normed};
use crate::ranks::Others;
use compute::shader::WORKGROUP;
use compute::shaders::{
    ChannelSum, LEAKY, Leaky, NORM_LEAKY, NORM_LEAKY_GRADIENT, NormLeaky, NormLeakyGradient,
};

impl ActivationOps for CubeBackend {
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
        _: Option<Others>,
    ) -> Normed<Self> {
        norm_leaky([x, gamma, beta], epsilon, slope)
    }

    fn leaky_slope(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        leaky(x.clone(), x, slope)
    }
}

impl ActivationGradients for CubeBackend {
    fn norm_leaky_gradients(
        kept: KeptNorm<Self>,
        output: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        norm_leaky_gradients([kept.x, output, kept.scale], kept.slope)
    }

    fn leaky_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self> {
        leaky(output, gradient, slope)
    }
}

/// Output, mean, variance, and `[channels, 4]` for the backward pass.
fn norm_leaky(
    read: [CubeTensor; 3],
    epsilon: f64,
    slope: f64,
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape);
    let shader = channels.in_workgroups(NORM_LEAKY.shader(), &read[0]);
    let output = launch::empty(&read[0], shape);
    let [mean, variance] = [(); 2].map(|()| launch::empty(&output, [channels.count]));
    let scale = launch::empty(&output, [channels.count, 4]);
    let ChannelSum {
        batch,
        channels: count,
        area,
        lanes,
    } = channels.sizes(&shader);
    let parameters = NormLeaky {
        batch,
        channels: count,
        area,
        lanes,
        epsilon: epsilon as f32,
        slope: slope as f32,
    };
    let (grid, written) = (channels.grid(&output), [&output, &mean, &variance, &scale]);
    launch::queue(&NORM_LEAKY, shader, grid, read, written, parameters);
    (output, mean, variance, scale)
}

/// The gradients for input, gamma and beta, from the input, the output's gradient and what the forward pass kept.
fn norm_leaky_gradients(read: [CubeTensor; 3], slope: f64) -> [CubeTensor; 3] {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape);
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
        channels: count,
        area,
        lanes,
        slope: slope as f32,
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

/// `values`, times `slope` where `sign` is below zero.
fn leaky(sign: CubeTensor, values: CubeTensor, slope: f64) -> CubeTensor {
    let read = [sign, values].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let result = launch::empty(&read[0], shape);
    let grid = launch::grid_on(&result.client, count, WORKGROUP);
    let slope = slope as f32;
    let parameters = Leaky { count, slope };
    launch::queue(&LEAKY, LEAKY.shader(), grid, read, [&result], parameters);
    result
}
