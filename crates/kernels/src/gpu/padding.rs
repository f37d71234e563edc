//! Zero padding around the planes of a tensor, in one pass: kernels that read neighbours then need no bounds checks.

use burn_wgpu::{CubeTensor, into_contiguous};
use compute::{Activation, LEAKY_SLOPE};

use super::launch;
use compute::shader::WORKGROUP;
use compute::shaders::{PAD, Pad};

/// Pads each plane of `planes` `[batch, channels, height, width]` with `before` rows and columns of zeros before it,
/// and with as many after it as make `[batch, channels, rows, columns]`; `columns` is a multiple of 4.
pub(crate) fn pad(planes: CubeTensor, before: usize, sides: [usize; 2]) -> CubeTensor {
    let planes = into_contiguous(planes);
    padded(
        [planes.clone(), planes],
        Activation::Identity,
        before,
        sides,
    )
}

/// The same with the gradient under `activation`, from that over it and from what it made.
pub(crate) fn pad_gradient(
    gradient: CubeTensor,
    (output, activation): (CubeTensor, Activation),
    before: usize,
    sides: [usize; 2],
) -> CubeTensor {
    padded(
        [gradient, output].map(into_contiguous),
        activation,
        before,
        sides,
    )
}

fn padded(
    read: [CubeTensor; 2],
    activation: Activation,
    before: usize,
    [rows, columns]: [usize; 2],
) -> CubeTensor {
    let [batch, channels, height, width] = read[0].meta.shape().dims();
    let shape = [batch, channels, rows, columns];
    let padded = launch::empty(&read[0], shape);
    // All of them are factors of the result's count, which the caller has checked to fit in 32 bits.
    let parameters = Pad {
        planes: (batch * channels) as u32,
        height: height as u32,
        width: width as u32,
        padded_height: rows as u32,
        padded_width: columns as u32,
        top: before as u32,
        left: before as u32,
        activation: activation as u32,
        slope: LEAKY_SLOPE as f32,
    };
    let vec4s = shape.iter().product::<usize>() / 4;
    let grid = launch::grid_on(&padded.client, vec4s as u32, WORKGROUP);
    launch::queue(&PAD, PAD.shader(), grid, read, [&padded], parameters);
    padded
}
