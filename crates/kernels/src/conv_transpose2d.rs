//! The generator's transposed convolution: kernel 5x5, stride 2, padding 2, output padding 1; the side doubles.

use burn::tensor::{Tensor, module, ops::ConvTransposeOptions};

#[cfg(not(feature = "cuda"))]
mod wgsl;

#[cfg(all(test, not(feature = "cuda")))]
mod tests;

/// `x` `[batch, in, h, w]` by `weight` `[in, out, 5, 5]`, plus `bias` `[out]`: `[batch, out, 2h, 2w]`.
///
/// On a wgpu device without autodiff this is `shaders/conv_transpose2d.wgsl`. Everywhere else, and for tensors that are
/// not f32 or too large for 32-bit indices, it is Burn's operation, and the two agree to rounding.
///
/// # Panics
/// As Burn's operation, where `x` and `weight` disagree about the channels.
#[must_use]
pub fn conv_transpose2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    #[cfg(not(feature = "cuda"))]
    if let Some(plan) = wgsl::Plan::new(&x, &weight, bias.as_ref()) {
        return plan.run(x, weight, bias);
    }
    burns(x, weight, bias)
}

/// Burn's own operation, which knows every device and has a backward pass.
fn burns(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let options = ConvTransposeOptions::new([2, 2], [2, 2], [1, 1], [1, 1], 1);
    module::conv_transpose2d(x, weight, bias, options)
}
