//! The operations as Burn's backends see them, without autodiff.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};

use super::cpu::{self, ChannelLayout};
use crate::dense::{Dense, tensor};

/// The operations as the networks call them. Tensors are f32.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait ActivationOps: Backend {
    /// Output, mean, biased variance, and what the backward pass needs of each channel, `[channels, 4]`: its mean, one
    /// over its standard deviation, and the factor and offset that it is normalized by.
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// Leaky ReLU.
    fn leaky_slope(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    /// Hyperbolic tangent. This default is Burn's.
    fn tangent(x: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_tanh(x)
    }
}

/// The results of [`ActivationOps::norm_leaky`].
pub(crate) type Normed<B> = (
    FloatTensor<B>,
    FloatTensor<B>,
    FloatTensor<B>,
    FloatTensor<B>,
);

/// The operations' backward passes.
pub(crate) trait ActivationGradients: ActivationOps {
    /// The gradients for input, gamma and beta, from that of the output; `kept` is what the forward pass had.
    fn norm_leaky_gradients(
        kept: KeptNorm<Self>,
        output: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3];

    /// The gradient for the input, from the output and its gradient.
    fn leaky_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self>;

    /// The gradient for the input of the hyperbolic tangent, from the output and its gradient.
    fn tangent_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let square = Self::float_mul(output.clone(), output);
        let along = Self::float_mul(gradient.clone(), square);
        Self::float_sub(gradient, along)
    }
}

/// What the backward pass of a normalization needs of the forward pass.
#[derive(Debug, Clone)]
pub(crate) struct KeptNorm<B: Backend> {
    pub x: FloatTensor<B>,
    /// `[channels, 4]`
    pub scale: FloatTensor<B>,
    pub slope: f64,
}

impl ActivationOps for Flex {
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        epsilon: f64,
        slope: f64,
    ) -> Normed<Self> {
        let shape = x.shape();
        let layout = ChannelLayout::of(&shape);
        let [x, gamma, beta] = [x, gamma, beta].map(Dense::new);
        let statistics = cpu::statistics(&layout, x.values());
        let scale = cpu::Scale::new(&statistics, gamma.values(), beta.values(), epsilon);
        let output = cpu::norm_leaky(&layout, x.values(), &scale, slope as f32);
        (
            tensor(output, shape.to_vec()),
            tensor(statistics.mean, [layout.channels]),
            tensor(statistics.variance, [layout.channels]),
            tensor(scale.rows(), [layout.channels, 4]),
        )
    }

    fn leaky_slope(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let shape = x.shape();
        let output = cpu::leaky(Dense::new(x).values(), slope as f32);
        tensor(output, shape.to_vec())
    }

    fn tangent(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let shape = x.shape();
        tensor(cpu::tanh(Dense::new(x).values()), shape.to_vec())
    }
}

impl ActivationGradients for Flex {
    fn norm_leaky_gradients(
        kept: KeptNorm<Self>,
        output: FloatTensor<Self>,
    ) -> [FloatTensor<Self>; 3] {
        let shape = kept.x.shape();
        let layout = ChannelLayout::of(&shape);
        let [x, scale, output] = [kept.x, kept.scale, output].map(Dense::new);
        let scale = cpu::Scale::of_rows(scale.values());
        let gradients = cpu::norm_leaky_gradients(
            &layout,
            x.values(),
            output.values(),
            &scale,
            kept.slope as f32,
        );
        [
            tensor(gradients.x, shape.to_vec()),
            tensor(gradients.gamma, [layout.channels]),
            tensor(gradients.beta, [layout.channels]),
        ]
    }

    fn leaky_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        slope: f64,
    ) -> FloatTensor<Self> {
        let shape = output.shape();
        let [output, gradient] = [output, gradient].map(Dense::new);
        let x = cpu::leaky_gradient(output.values(), gradient.values(), slope as f32);
        tensor(x, shape.to_vec())
    }

    fn tangent_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
    ) -> FloatTensor<Self> {
        let shape = output.shape();
        let [output, gradient] = [output, gradient].map(Dense::new);
        let x = cpu::tanh_gradient(output.values(), gradient.values());
        tensor(x, shape.to_vec())
    }
}
