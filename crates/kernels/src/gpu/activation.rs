//! The activations on GPUs: `shaders/norm_leaky.wgsl`, its gradient, and `shaders/leaky.wgsl`.

use burn::backend::tensor::FloatTensor;
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};

use super::channels::Channels;
use super::launch;
use crate::activation::backend::{ActivationGradients, ActivationOps, KeptNorm, Normed};
use crate::shader::{Shader, WORKGROUP};

impl ActivationOps for CubeBackend {
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
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
    let source = include_str!("../../../../shaders/norm_leaky.wgsl");
    let shader = channels.in_workgroups(Shader::new("norm_leaky", source), &read[0]);
    let output = launch::empty(&read[0], shape);
    let [mean, variance] = [(); 2].map(|()| launch::empty(&output, [channels.count]));
    let scale = launch::empty(&output, [channels.count, 4]);
    let [batch, count, area, lanes] = channels.sizes(&shader);
    let [epsilon, slope] = [epsilon, slope].map(|number| (number as f32).to_bits());
    let sizes = [batch, count, area, lanes, epsilon, slope];
    let written = [&output, &mean, &variance, &scale];
    launch::queue(shader, channels.grid(&output), read, written, &sizes);
    (output, mean, variance, scale)
}

/// The gradients for input, gamma and beta, from the input, the output's gradient and what the forward pass kept.
fn norm_leaky_gradients(read: [CubeTensor; 3], slope: f64) -> [CubeTensor; 3] {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape);
    let source = include_str!("../../../../shaders/norm_leaky_gradient.wgsl");
    let shader = channels.in_workgroups(Shader::new("norm_leaky_gradient", source), &read[0]);
    let x = launch::empty(&read[0], shape);
    let [gamma, beta] = [(); 2].map(|()| launch::empty(&x, [channels.count]));
    let [batch, count, area, lanes] = channels.sizes(&shader);
    let sizes = [batch, count, area, lanes, (slope as f32).to_bits()];
    let written = [&x, &gamma, &beta];
    launch::queue(shader, channels.grid(&x), read, written, &sizes);
    [x, gamma, beta]
}

/// `values`, times `slope` where `sign` is below zero.
fn leaky(sign: CubeTensor, values: CubeTensor, slope: f64) -> CubeTensor {
    let read = [sign, values].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let result = launch::empty(&read[0], shape);
    let grid = launch::grid_on(&result.client, count, WORKGROUP);
    let source = include_str!("../../../../shaders/leaky.wgsl");
    let sizes = [count, (slope as f32).to_bits()];
    launch::queue(Shader::new("leaky", source), grid, read, [&result], &sizes);
    result
}
