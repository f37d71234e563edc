//! The convolutions of the networks: an odd square kernel, stride 2, padding of half the kernel. Three operations, each
//! of which the others' gradients need:
//!
//! | operation | what it computes | is also |
//! |---|---|---|
//! | [`conv2d`] | an image to a feature map of half its side | the transposed convolution's gradient for its input |
//! | [`conv_transpose2d`] | a feature map to an image of twice its side | the convolution's gradient for its image |
//! | weight gradient | image and feature map to the gradient of the weight | both operations' gradient for the weight |
//!
//! On the CPU all three are ours ([`cpu`]), and on GPUs that run WGSL (`shaders/`), unless tuning found Burn's faster
//! ([`crate::tune`]). On other devices they are Burn's. The results agree up to rounding, with autodiff or without,
//! natively and in the browser.

mod autodiff;
pub(crate) mod backend;
mod cpu;
#[cfg(test)]
pub(crate) mod tests;

use burn::backend::Dispatch;
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{DType, Tensor, module};

use crate::geometry::Geometry;
use backend::Stride2;

/// `x` `[batch, in, h, w]` by `weight` `[out, in, k, k]`, plus `bias` `[out]`: `[batch, out, h / 2, w / 2]`, halves
/// rounded up.
///
/// # Panics
/// As Burn's operation, where the shapes disagree.
#[must_use]
pub fn conv2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let [channels, _, kernel, _] = weight.dims();
    let geometry = Geometry::of_image(x.dims(), weight.dims());
    match geometry.filter(|_| are_floats(&x, &weight, bias.as_ref(), channels)) {
        Some(geometry) => {
            let bias = bias.unwrap_or_else(|| Tensor::zeros([channels], &x.device()));
            let [x, weight, bias] = [
                x.into_dispatch(),
                weight.into_dispatch(),
                bias.into_dispatch(),
            ];
            Tensor::from_dispatch(Dispatch::stride2_conv2d(x, weight, bias, geometry))
        }
        None => {
            let options = ConvOptions::new([2, 2], [kernel / 2; 2], [1, 1], 1);
            module::conv2d(x, weight, bias, options)
        }
    }
}

/// `x` `[batch, in, h, w]` by `weight` `[in, out, k, k]`, plus `bias` `[out]`: `[batch, out, 2h, 2w]`.
///
/// # Panics
/// As Burn's operation, where the shapes disagree.
#[must_use]
pub fn conv_transpose2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let [_, channels, kernel, _] = weight.dims();
    let geometry = Geometry::of_map(x.dims(), weight.dims());
    match geometry.filter(|_| are_floats(&x, &weight, bias.as_ref(), channels)) {
        Some(geometry) => {
            let bias = bias.unwrap_or_else(|| Tensor::zeros([channels], &x.device()));
            let [x, weight, bias] = [
                x.into_dispatch(),
                weight.into_dispatch(),
                bias.into_dispatch(),
            ];
            Tensor::from_dispatch(Dispatch::stride2_conv_transpose2d(
                x, weight, bias, geometry,
            ))
        }
        None => {
            let options = ConvTransposeOptions::new([2, 2], [kernel / 2; 2], [1, 1], [1, 1], 1);
            module::conv_transpose2d(x, weight, bias, options)
        }
    }
}

/// The gradient of either operation for its weight, from image and feature map of the geometry's shapes. Not
/// differentiable again.
pub(crate) fn weight_gradient(image: Tensor<4>, map: Tensor<4>, geometry: Geometry) -> Tensor<4> {
    let (image, map) = (image.into_dispatch(), map.into_dispatch());
    Tensor::from_dispatch(Dispatch::stride2_weight_gradient(image, map, geometry))
}

/// Whether the tensors are f32 and the bias is `[channels]`.
fn are_floats(
    x: &Tensor<4>,
    weight: &Tensor<4>,
    bias: Option<&Tensor<1>>,
    channels: usize,
) -> bool {
    [x.dtype(), weight.dtype()] == [DType::F32; 2]
        && bias.is_none_or(|bias| bias.dtype() == DType::F32 && bias.dims() == [channels])
}
