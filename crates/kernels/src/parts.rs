//! Sums that are computed in parts, because there are too few of them to keep a GPU busy.

use burn::tensor::Shape;
use burn_wgpu::CubeTensor;

use crate::shader::{self, Shader, WORKGROUP};

/// The sum of `parts` tensors of `shape` that lie in `sums` one after the other.
pub(crate) fn sum(sums: CubeTensor, parts: usize, shape: impl Into<Shape>) -> CubeTensor {
    let result = shader::empty(&sums, shape);
    let count = result.meta.shape().num_elements() as u32;
    let grid = shader::grid_on(&sums.client, count, WORKGROUP);
    let source = include_str!("../../../shaders/sum_parts.wgsl");
    let shader = Shader::new("sum_parts", source);
    shader::launch(shader, grid, [sums], [&result], &[count, parts as u32]);
    result
}
