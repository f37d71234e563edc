//! Layers that nothing trains: weight, bias and activation as one operation, with a gradient for its input alone. What a
//! device wants weights brought into is made at the first use and kept.
//!
//! On the CPU and on GPUs that run WGSL they are ours. On other devices they are made of Burn's operations.

mod autodiff;
pub(crate) mod backend;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor};
use compute::{Activation, LEAKY_SLOPE};

use crate::activation::{is_ours, leaky, tanh};
use crate::geometry::Geometry;
use crate::{conv_transpose2d, conv2d, linear};
use backend::{FrozenOps, Layer, LayerShape, Ready};

/// A convolution with its numbers. Clones share what was made ready.
#[derive(Debug, Clone)]
pub struct FrozenConvolution {
    transposed: bool,
    weight: Tensor<4>,
    bias: Tensor<1>,
    activation: Activation,
    ready: Ready,
}

/// A fully connected layer with its numbers. Clones share what was made ready.
#[derive(Debug, Clone)]
pub struct FrozenLinear {
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
    ready: Ready,
}

impl FrozenConvolution {
    /// [`conv2d`] by `weight` `[out, in, k, k]` plus `bias` `[out]`, both off the autodiff graph, then `activation`.
    #[must_use]
    pub fn strided(weight: Tensor<4>, bias: Tensor<1>, activation: Activation) -> Self {
        Self {
            transposed: false,
            weight,
            bias,
            activation,
            ready: Ready::default(),
        }
    }

    /// [`conv_transpose2d`] by `weight` `[in, out, k, k]` plus `bias` `[out]`, both off the autodiff graph, then `activation`.
    #[must_use]
    pub fn transposed(weight: Tensor<4>, bias: Tensor<1>, activation: Activation) -> Self {
        Self {
            transposed: true,
            ..Self::strided(weight, bias, activation)
        }
    }

    /// Of `x` `[batch, in, h, w]`, with autodiff or without.
    ///
    /// # Panics
    /// As Burn's operation, where the shapes disagree.
    #[must_use]
    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let shape = match self.transposed {
            true => Geometry::of_map(x.dims(), self.weight.dims()).map(LayerShape::Transposed),
            // Of an odd side the gradient would need a column less.
            false => Geometry::of_image(x.dims(), self.weight.dims())
                .filter(|geometry| *geometry == geometry.evened())
                .map(LayerShape::Strided),
        };
        let (weight, bias) = (self.weight.clone(), self.bias.clone());
        match shape.filter(|_| x.dtype() == DType::F32 && is_ours(&x.device())) {
            Some(shape) => {
                let layer = Layer::new(shape, self.activation, &self.ready);
                let [weight, bias] = [weight.into_dispatch(), bias.into_dispatch()];
                Tensor::from_dispatch(Dispatch::frozen(x.into_dispatch(), weight, bias, layer))
            }
            None => activated(
                match self.transposed {
                    true => conv_transpose2d(x, weight, Some(bias)),
                    false => conv2d(x, weight, Some(bias)),
                },
                self.activation,
            ),
        }
    }
}

impl FrozenLinear {
    /// [`linear`] by `weight` `[in, out]` plus `bias` `[out]`, both off the autodiff graph, then `activation`.
    #[must_use]
    pub fn new(weight: Tensor<2>, bias: Tensor<1>, activation: Activation) -> Self {
        Self {
            weight,
            bias,
            activation,
            ready: Ready::default(),
        }
    }

    /// Of `x` `[batch, in]`, with autodiff or without.
    ///
    /// # Panics
    /// As Burn's operation, where the shapes disagree.
    #[must_use]
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        let ([batch, inputs], [rows, outputs]) = (x.dims(), self.weight.dims());
        let (weight, bias) = (self.weight.clone(), self.bias.clone());
        let fits = inputs == rows && ![batch, inputs, outputs].contains(&0);
        if !fits || x.dtype() != DType::F32 || !is_ours(&x.device()) {
            return activated(linear(x, weight, Some(bias)), self.activation);
        }
        let shape = LayerShape::Dense([batch, inputs, outputs]);
        let layer = Layer::new(shape, self.activation, &self.ready);
        let [weight, bias] = [weight.into_dispatch(), bias.into_dispatch()];
        Tensor::from_dispatch(Dispatch::frozen(x.into_dispatch(), weight, bias, layer))
    }
}

fn activated<const D: usize>(sums: Tensor<D>, activation: Activation) -> Tensor<D> {
    match activation {
        Activation::Identity => sums,
        Activation::Leaky => leaky(sums, LEAKY_SLOPE),
        Activation::Tanh => tanh(sums),
    }
}
