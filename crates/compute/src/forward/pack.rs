//! Weights in the order in which the shaders read them.

use super::kernel_vec4s;

/// `[out, in, k, k]` as `shaders/conv2d.wgsl` reads it with `channels` output channels to an invocation.
pub fn conv2d_weights(
    weight: &[f32],
    [outputs, inputs, kernel]: [usize; 3],
    channels: usize,
) -> Vec<f32> {
    let at = |output: usize, input: usize, tap: usize| match output < outputs {
        true => weight[(output * inputs + input) * kernel * kernel + tap],
        false => 0.0,
    };
    let per_row = if kernel == 5 {
        5 * channels
    } else {
        4 * channels
    };
    let groups = outputs.div_ceil(channels);
    let mut packed = Vec::with_capacity(groups * inputs * kernel * per_row);
    for group in 0..groups {
        let members = group * channels..(group + 1) * channels;
        for input in 0..inputs {
            for row in 0..kernel {
                for output in members.clone() {
                    let tap = |x| match x < kernel {
                        true => at(output, input, row * kernel + x),
                        false => 0.0,
                    };
                    packed.extend((0..4).map(tap));
                }
                if kernel == 5 {
                    packed.extend(members.clone().map(|output| at(output, input, row * 5 + 4)));
                }
            }
        }
    }
    packed
}

/// `[in, out, k, k]` as `shaders/conv_transpose2d.wgsl` reads it with `channels` output channels to an invocation.
pub fn conv_transpose2d_weights(
    weight: &[f32],
    [inputs, outputs, kernel]: [usize; 3],
    channels: usize,
) -> Vec<f32> {
    let kernels = outputs.div_ceil(channels) * channels;
    let (taps, room) = (kernel * kernel, 4 * kernel_vec4s(kernel));
    let mut packed = vec![0.0; inputs * kernels * room];
    for (index, kernel) in weight.chunks_exact(taps).enumerate() {
        let at = (index / outputs * kernels + index % outputs) * room;
        packed[at..at + taps].copy_from_slice(kernel);
    }
    packed
}

/// `[out, in]` as `shaders/dense.wgsl` reads it.
pub fn dense_weights(weight: &[f32], [outputs, inputs]: [usize; 2]) -> Vec<f32> {
    let mut packed = vec![0.0; outputs.div_ceil(4) * 4 * inputs];
    for (output, row) in weight.chunks_exact(inputs).enumerate() {
        for (input, value) in row.iter().enumerate() {
            packed[(output / 4 * inputs + input) * 4 + output % 4] = *value;
        }
    }
    packed
}
