//! Zeros around the planes of a tensor, in one pass: kernels that read neighbours then ask no questions about borders.

use burn_wgpu::{CubeTensor, into_contiguous};

use crate::shader::{self, Shader, WORKGROUP};

/// Planes `[batch, channels, height, width]` with `before` rows and columns of zeros before each, and as many after it as
/// make `rows` and `columns`, of which the columns are a multiple of 4.
pub(crate) fn around(planes: CubeTensor, before: usize, [rows, columns]: [usize; 2]) -> CubeTensor {
    let planes = into_contiguous(planes);
    let [batch, channels, height, width] = planes.meta.shape().dims();
    let shape = [batch, channels, rows, columns];
    let framed = shader::empty(&planes, shape);
    let sizes = [
        batch * channels,
        height,
        width,
        rows,
        columns,
        before,
        before,
    ];
    // All of them are factors of the result's count, which the caller has looked at.
    let sizes = sizes.map(|size| size as u32);
    let vec4s = shape.iter().product::<usize>() / 4;
    let grid = shader::grid_on(&framed.client, vec4s as u32, WORKGROUP);
    let source = include_str!("../../../shaders/frame.wgsl");
    shader::launch(
        Shader::new("frame", source),
        grid,
        [planes],
        [&framed],
        &sizes,
    );
    framed
}
