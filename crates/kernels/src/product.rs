//! Matrix products of the networks' dense layers. On GPUs that run WGSL they are ours: Burn's are slow on so few rows
//! without its autotuning. On other devices they are Burn's, whose CPU code is fast.

#[cfg(test)]
mod tests;

use burn::tensor::{DType, Tensor};

use crate::activation::leaky;
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
    layer(x, weight, bias, None, None)
}

/// The same, then leaky ReLU, which multiplies negative values by `slope`, above zero, and dropout's `mask`, `[batch, out]`,
/// whose values are not below zero.
///
/// # Panics
/// As Burn's operation, where the shapes disagree.
#[must_use]
pub fn linear_leaky(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    slope: f64,
    mask: Option<Tensor<2>>,
) -> Tensor<2> {
    layer(x, weight, bias, Some(slope), mask)
}

fn layer(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Option<Tensor<1>>,
    slope: Option<f64>,
    mask: Option<Tensor<2>>,
) -> Tensor<2> {
    if let Some(bias) = &bias
        && fits(&x, &weight, bias, mask.as_ref())
        && let Some(made) = gpu::linear(&x, &weight, bias, mask.as_ref(), slope.unwrap_or(1.0))
    {
        return made;
    }
    let mut made = product(x, weight);
    if let Some(bias) = bias {
        made = made + bias.unsqueeze();
    }
    if let Some(slope) = slope {
        made = leaky(made, slope);
    }
    match mask {
        Some(mask) => made * mask,
        None => made,
    }
}

/// Whether the shapes agree, none is empty, and all values are f32.
fn fits(x: &Tensor<2>, weight: &Tensor<2>, bias: &Tensor<1>, mask: Option<&Tensor<2>>) -> bool {
    let ([batch, inputs], [rows, outputs]) = (x.dims(), weight.dims());
    let shapes = inputs == rows
        && bias.dims() == [outputs]
        && mask.is_none_or(|mask| mask.dims() == [batch, outputs]);
    let floats = [x.dtype(), weight.dtype(), bias.dtype()] == [DType::F32; 3]
        && mask.is_none_or(|mask| mask.dtype() == DType::F32);
    shapes && floats && ![batch, inputs, outputs].contains(&0)
}
