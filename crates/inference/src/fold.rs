//! A layer's numbers for inference: batch norms folded into weight and bias.

use crate::layers::{Layer, LayerKind, Norm};
use crate::weights::{ModelError, Tensors};

/// What Burn's and PyTorch's batch norms add to a variance.
const EPSILON: f32 = compute::NORM_EPSILON as f32;

/// A layer's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Folded {
    /// As the layer's kind says.
    pub weight: Vec<f32>,
    /// `[out]`; empty for minibatch discrimination.
    pub bias: Vec<f32>,
}

/// A layer's numbers out of a weight file.
///
/// # Errors
/// Names the tensor that is missing, of another shape or type, or not finite.
pub fn fold(tensors: &Tensors<'_>, layer: &Layer) -> Result<Folded, ModelError> {
    let mut values = Vec::with_capacity(6);
    for tensor in layer.tensors() {
        values.push(tensors.get(&tensor.name, &tensor.shape)?);
    }
    let mut values = values.into_iter();
    let mut next = || values.next().unwrap_or_default();
    let mut folded = Folded {
        weight: next(),
        bias: match layer.kind {
            LayerKind::Minibatch(_) => Vec::new(),
            _ => next(),
        },
    };
    if layer.stored != layer.outputs && !matches!(layer.kind, LayerKind::Minibatch(_)) {
        // Outputs come first in the weight of every kind that stores more of them.
        let per_output = folded.weight.len() / layer.stored;
        folded.weight.truncate(layer.outputs * per_output);
        folded.bias.truncate(layer.outputs);
    }
    if let Some(norm) = layer.norm {
        folded.scale(layer, norm, [next(), next(), next(), next()]);
    }
    Ok(folded)
}

impl Folded {
    /// Folds a batch norm in: gamma, beta, and the running mean and variance, `[channels]` each.
    fn scale(&mut self, layer: &Layer, norm: Norm, [gamma, beta, mean, variance]: [Vec<f32>; 4]) {
        // Of a fully connected layer before a feature map, several outputs lie in a channel.
        let positions = layer.outputs / norm.channels;
        let scale = |output: usize| {
            let channel = output / positions;
            gamma[channel] / (variance[channel] + EPSILON).sqrt()
        };
        let scales: Vec<f32> = (0..layer.outputs).map(scale).collect();
        // Weights that follow each other and belong to one output.
        let together = match layer.kind {
            LayerKind::ConvTranspose2d => 25,
            _ => self.weight.len() / layer.outputs,
        };
        let weights = self.weight.chunks_exact_mut(together);
        for (weights, scale) in weights.zip(scales.iter().cycle()) {
            weights.iter_mut().for_each(|weight| *weight *= scale);
        }
        for (output, value) in self.bias.iter_mut().enumerate() {
            let channel = output / positions;
            *value = (*value - mean[channel]) * scales[output] + beta[channel];
        }
    }
}
