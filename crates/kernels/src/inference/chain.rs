//! Networks on the CPU without training: what [`Graph`](super::Graph) is on a GPU. Weights are brought once into the
//! order in which they are read, and those of convolutions with a kernel of 5 into what [`crate::winograd`] multiplies with.
//!
//! Between layers all channels of a position lie side by side ([`Maps`]), so that every pass goes over them in vectors.

mod columns;
mod maps;
#[cfg(test)]
mod tests;
mod winograd;

use columns::Columns;
use maps::Maps;
use pulp::Simd;
use winograd::Winograd;

use super::Activation;
use crate::{LEAKY_SLOPE, Operation};

/// A layer and its numbers.
#[derive(Debug, Clone, Copy)]
pub struct ChainLayer<'a> {
    /// What it computes. A strided convolution halves the side, rounded up; a transposed one doubles it.
    pub operation: Operation,
    /// What it does with its sums.
    pub activation: Activation,
    /// Channels of what it reads, or values of a dense layer.
    pub inputs: usize,
    /// The same of what it makes.
    pub outputs: usize,
    /// Height and width of what it reads; 1 for a dense layer.
    pub side: usize,
    /// In PyTorch's layouts: `[out, in, k, k]`, transposed `[in, out, 5, 5]`, dense `[out, in]`.
    pub weight: &'a [f32],
    /// `[out]`.
    pub bias: &'a [f32],
}

/// Layers that follow each other, with their weights.
#[derive(Debug, Default)]
pub struct Chain {
    layers: Vec<Layer>,
}

#[derive(Debug)]
struct Layer {
    kernel: Kernel,
    activation: Activation,
    /// Channels, and height and width, of what it reads.
    inputs: usize,
    side: usize,
}

#[derive(Debug)]
enum Kernel {
    Winograd(Winograd),
    Columns(Columns),
}

impl Chain {
    /// Adds a layer.
    ///
    /// # Panics
    /// When weight or bias do not have the layer's size.
    pub fn push(&mut self, layer: ChainLayer<'_>) {
        let ChainLayer {
            operation,
            activation,
            inputs,
            outputs,
            side,
            weight,
            bias,
        } = layer;
        assert!(weight.len() == outputs * inputs * operation.taps());
        assert!(bias.len() == outputs);
        let channels = [inputs, outputs];
        let kernel = match operation {
            Operation::Conv2d { kernel: 5 } => {
                Kernel::Winograd(Winograd::strided(channels, weight, bias))
            }
            Operation::ConvTranspose2d => {
                Kernel::Winograd(Winograd::transposed(channels, weight, bias))
            }
            Operation::Conv2d { kernel } => {
                Kernel::Columns(Columns::strided(channels, kernel, weight, bias))
            }
            Operation::Dense => Kernel::Columns(Columns::dense(channels, weight, bias)),
        };
        self.layers.push(Layer {
            kernel,
            activation,
            inputs,
            side,
        });
    }

    /// What the layers make of samples `[n, channels, height, width]`, or `[n, values]`, of those the first one reads;
    /// in the same order of values. What does not make a whole sample is left out.
    #[must_use]
    pub fn run(&self, values: &[f32]) -> Vec<f32> {
        let Some(first) = self.layers.first() else {
            return values.to_vec();
        };
        let mut maps = Maps::from_planes(values, first.inputs, first.side);
        for layer in &self.layers {
            if [maps.channels, maps.height] != [layer.inputs, layer.side] {
                // Between maps and dense layers.
                maps = Maps::from_planes(&maps.planes(), layer.inputs, layer.side);
            }
            maps = match &layer.kernel {
                Kernel::Winograd(kernel) => kernel.run(&maps, layer.activation),
                Kernel::Columns(kernel) => kernel.run(&maps, layer.activation),
            };
        }
        maps.planes()
    }
}

/// What a layer with this activation makes of its sums, but for the hyperbolic tangent, which [`Maps::end`] computes.
#[inline(always)]
fn activated<S: Simd>(simd: S, activation: Activation, sums: S::f32s) -> S::f32s {
    match activation {
        Activation::Leaky => {
            let slope = simd.splat_f32s(LEAKY_SLOPE as f32);
            simd.max_f32s(sums, simd.mul_f32s(sums, slope))
        }
        Activation::Identity | Activation::Tanh => sums,
    }
}
