//! Layers that follow each other, on the CPU: [`compute::layers`].

mod minibatch;
#[cfg(test)]
mod tests;

use compute::Activation;
use compute::layers::{Columns, Maps, Winograd};
use minibatch::Minibatch;

use crate::fold::{Folded, fold};
use crate::layers::{Layer, LayerKind};
use crate::weights::{ModelError, Tensors};

/// Layers that follow each other, with their weights.
#[derive(Debug, Default)]
pub struct Chain {
    layers: Vec<Ready>,
}

/// A layer and its weights.
#[derive(Debug)]
struct Ready {
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
    Minibatch(Minibatch),
}

impl Chain {
    /// `layers` with their numbers out of a weight file.
    ///
    /// # Errors
    /// Names the tensor that is missing, of another shape or type, or not finite.
    pub fn new(tensors: &Tensors<'_>, layers: &[Layer]) -> Result<Self, ModelError> {
        let mut chain = Self::default();
        for layer in layers {
            chain.push(layer, &fold(tensors, layer)?);
        }
        Ok(chain)
    }

    /// Adds a layer.
    ///
    /// # Panics
    /// When weight or bias do not have the layer's size.
    pub fn push(&mut self, layer: &Layer, Folded { weight, bias }: &Folded) {
        assert!(weight.len() == layer.weights());
        let channels = [layer.inputs, layer.outputs];
        let kernel = match layer.kind {
            LayerKind::Conv2d { kernel: 5 } => {
                Kernel::Winograd(Winograd::strided(channels, weight, bias))
            }
            LayerKind::ConvTranspose2d => {
                Kernel::Winograd(Winograd::transposed(channels, weight, bias))
            }
            LayerKind::Conv2d { kernel } => {
                Kernel::Columns(Columns::strided(channels, kernel, weight, bias))
            }
            LayerKind::Linear => Kernel::Columns(Columns::dense(channels, weight, bias)),
            LayerKind::Minibatch(config) => {
                Kernel::Minibatch(Minibatch::new(layer.inputs, config, weight))
            }
        };
        self.layers.push(Ready {
            kernel,
            activation: layer.activation,
            inputs: layer.inputs,
            side: layer.side,
        });
    }

    /// What the layers make of samples `[n, channels, height, width]`, or `[n, values]`, of those the first one reads;
    /// in the same order of values. Samples are one batch where a layer compares them. What does not make a whole sample is left out.
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
                Kernel::Minibatch(kernel) => kernel.run(&maps),
            };
        }
        maps.planes()
    }
}
