//! The operations' shaders on tensors of a wgpu device.

use burn_wgpu::{CubeTensor, into_contiguous};

use crate::channels::Channels;
use crate::shader::{self, Shader, WORKGROUP};

/// Output, mean, variance, and `[channels, 4]` for the backward pass.
pub(super) fn norm_leaky(
    read: [CubeTensor; 3],
    epsilon: f64,
    slope: f64,
) -> (CubeTensor, CubeTensor, CubeTensor, CubeTensor) {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape);
    let source = include_str!("../../../../shaders/norm_leaky.wgsl");
    let shader = channels.suit(Shader::new("norm_leaky", source), &read[0]);
    let output = shader::empty(&read[0], shape);
    let [mean, variance] = [(); 2].map(|()| shader::empty(&output, [channels.count]));
    let scale = shader::empty(&output, [channels.count, 4]);
    let [batch, count, area, lanes] = channels.sizes(&shader);
    let [epsilon, slope] = [epsilon, slope].map(|number| (number as f32).to_bits());
    let sizes = [batch, count, area, lanes, epsilon, slope];
    let written = [&output, &mean, &variance, &scale];
    shader::launch(shader, channels.grid(&output), read, written, &sizes);
    (output, mean, variance, scale)
}

/// The gradients for input, gamma and beta, from the input, the output's gradient and what the forward pass kept.
pub(super) fn norm_leaky_gradients(read: [CubeTensor; 3], slope: f64) -> [CubeTensor; 3] {
    let read = read.map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let channels = Channels::of(&shape);
    let source = include_str!("../../../../shaders/norm_leaky_gradient.wgsl");
    let shader = channels.suit(Shader::new("norm_leaky_gradient", source), &read[0]);
    let x = shader::empty(&read[0], shape);
    let [gamma, beta] = [(); 2].map(|()| shader::empty(&x, [channels.count]));
    let [batch, count, area, lanes] = channels.sizes(&shader);
    let sizes = [batch, count, area, lanes, (slope as f32).to_bits()];
    let written = [&x, &gamma, &beta];
    shader::launch(shader, channels.grid(&x), read, written, &sizes);
    [x, gamma, beta]
}

/// `values`, times `slope` where `sign` is below zero.
pub(super) fn leaky(sign: CubeTensor, values: CubeTensor, slope: f64) -> CubeTensor {
    let read = [sign, values].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let result = shader::empty(&read[0], shape);
    let grid = shader::grid_on(&result.client, count, WORKGROUP);
    let source = include_str!("../../../../shaders/leaky.wgsl");
    let sizes = [count, (slope as f32).to_bits()];
    shader::launch(Shader::new("leaky", source), grid, read, [&result], &sizes);
    result
}
