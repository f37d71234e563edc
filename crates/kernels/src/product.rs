//! Matrix products of the networks' dense layers. On GPUs that run WGSL they are ours: Burn's are slow on so few rows
//! without its autotuning. On other devices they are Burn's, whose CPU code is fast.

#[cfg(test)]
mod tests;

use burn::tensor::{DType, Tensor};

use crate::gpu;

/// `left` `[rows, depth]` by `right` `[depth, columns]`: `[rows, columns]`.
///
/// # Panics
/// As Burn's operation, where the shapes disagree.
#[must_use]
pub fn product(left: Tensor<2>, right: Tensor<2>) -> Tensor<2> {
    let fits = left.dims()[1] == right.dims()[0];
    let empty = left.dims().contains(&0) || right.dims().contains(&0);
    let floats = [left.dtype(), right.dtype()] == [DType::F32; 2];
    let ours = (fits && !empty && floats).then(|| gpu::product(&left, &right));
    ours.flatten().unwrap_or_else(|| left.matmul(right))
}

/// The fully connected layer: `x` `[batch, in]` by `weight` `[in, out]`, plus `bias` `[out]`: `[batch, out]`.
///
/// # Panics
/// As Burn's operation, where the shapes disagree.
#[must_use]
pub fn linear(x: Tensor<2>, weight: Tensor<2>, bias: Option<Tensor<1>>) -> Tensor<2> {
    let made = product(x, weight);
    match bias {
        Some(bias) => made + bias.unsqueeze(),
        None => made,
    }
}
