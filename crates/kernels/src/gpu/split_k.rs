//! Split-K reductions: where a product has too few results to keep a GPU busy, its inner dimension is split among
//! invocations, and their partial sums are added up here.

use burn::tensor::Shape;
use burn_wgpu::CubeTensor;

use super::launch;
use compute::shader::WORKGROUP;
use compute::shaders::{SUM_SPLIT_K, SumSplitK};

/// The sum of the `splits` tensors of `shape` that lie in `partial` one after the other.
pub(crate) fn sum(partial: CubeTensor, splits: usize, shape: impl Into<Shape>) -> CubeTensor {
    let result = launch::empty(&partial, shape);
    let count = result.meta.shape().num_elements() as u32;
    let grid = launch::grid_on(&partial.client, count, WORKGROUP);
    let splits = splits as u32;
    let (shader, parameters) = (SUM_SPLIT_K.shader(), SumSplitK { count, splits });
    launch::queue(&SUM_SPLIT_K, shader, grid, [partial], [&result], parameters);
    result
}
