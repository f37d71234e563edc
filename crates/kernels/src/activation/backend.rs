//! The operations as Burn's backends see them, without autodiff.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{TensorData, read_sync};

use super::Normalization;
use super::cpu::{self, ChannelLayout};
use crate::dense::{Dense, tensor};
use crate::ranks::Others;

/// The operations as the networks call them. Tensors are f32.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait ActivationOps: Backend {
    /// Output, what the backward pass needs of each batch and channel, and the running mean and variance after the batches,
    /// or anything where `running` is not `recorded`. What is needed begins with four numbers for each channel of each
    /// batch: its mean, one over its standard deviation, and the factor and offset that it is normalized by.
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        norm: Normalization,
    ) -> (
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
        FloatTensor<Self>,
    );

    /// Leaky ReLU.
    fn leaky_slope(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self>;

    /// The sum of `x`, `[count]`, over this process and the others. Waits for the device.
    fn sum_over(x: FloatTensor<Self>, others: Others) -> FloatTensor<Self> {
        let device = x.device();
        let shape = x.shape();
        let found = read_sync(Self::float_into_data(x)).ok();
        let found = found.and_then(|data| data.convert::<f64>().try_into_vec().ok());
        // A device that has failed says so where losses are read, after others have gone on.
        let mut values = found.unwrap_or_else(|| vec![0.0; shape.num_elements()]);
        others.sum(&mut values);
        let values: Vec<f32> = values.into_iter().map(|value| value as f32).collect();
        Self::float_from_data(TensorData::new(values, shape), &device)
    }

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
    ) -> FloatTensor<Self>;
}

/// [`ActivationGradients::tangent_gradient`] by Burn's operations.
pub(crate) fn plain_tangent_gradient<B: Backend>(
    output: FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> FloatTensor<B> {
    let square = B::float_mul(output.clone(), output);
    let along = B::float_mul(gradient.clone(), square);
    B::float_sub(gradient, along)
}

/// What the backward pass of a normalization needs of the forward pass.
#[derive(Debug, Clone)]
pub(crate) struct KeptNorm<B: Backend> {
    pub x: FloatTensor<B>,
    /// Begins with `[batches, channels, 4]`.
    pub scale: FloatTensor<B>,
    pub norm: Normalization,
}

impl ActivationOps for Flex {
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        norm: Normalization,
    ) -> Normed<Self> {
        let shape = x.shape();
        let layout = ChannelLayout::of(&shape, norm.batches);
        let [x, gamma, beta] = [x, gamma, beta].map(Dense::new);
        let statistics = cpu::statistics(&layout, x.values(), norm.others);
        let scale = cpu::Scale::new(&statistics, gamma.values(), beta.values(), norm.epsilon);
        let output = cpu::norm_leaky(&layout, x.values(), &scale, norm.slope as f32);
        let moved = |before: FloatTensor<Self>, batches: &[f32]| match norm.weight {
            Some(weight) => {
                let before = Dense::new(before);
                let moved = cpu::moved(before.values(), batches, weight);
                tensor(moved, [layout.channels])
            }
            None => before,
        };
        (
            tensor(output, shape.to_vec()),
            tensor(scale.rows(), [layout.rows(), 4]),
            moved(running_mean, &statistics.mean),
            moved(running_variance, &statistics.variance),
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
        let norm = kept.norm;
        let layout = ChannelLayout::of(&shape, norm.batches);
        let [x, scale, output] = [kept.x, kept.scale, output].map(Dense::new);
        let scale = cpu::Scale::of_rows(scale.values());
        let gradients = cpu::norm_leaky_gradients(
            &layout,
            x.values(),
            output.values(),
            &scale,
            norm.slope as f32,
            norm.others,
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
