//! The network that cuts out, at work.

use super::CutoutConfig;
use crate::cpu::Chain;
use crate::layers;
use crate::weights::{ModelError, Tensors};

/// A trained network for inference on the CPU.
#[derive(Debug)]
pub struct Cutter {
    /// From the picture down to 4x4. What each makes is kept for the way back.
    halving: [Chain; 4],
    /// From 4x4 up to the mask.
    doubling: [Chain; 4],
}

impl Cutter {
    /// Of the tensors of its weight file.
    ///
    /// # Errors
    /// Names the tensor that is missing, unknown, of another shape or type, or not finite.
    pub fn new(tensors: &Tensors<'_>, config: &CutoutConfig) -> Result<Self, ModelError> {
        let (halving, doubling) = layers::cutout(config.width);
        let all = halving.iter().chain(&doubling);
        let known: Vec<_> = all.flat_map(layers::Layer::tensors).collect();
        tensors.only(known.iter())?;
        let one = |layer| Chain::new(tensors, &[layer]);
        let four = |[a, b, c, d]: [layers::Layer; 4]| -> Result<_, ModelError> {
            Ok([one(a)?, one(b)?, one(c)?, one(d)?])
        };
        Ok(Self {
            halving: four(halving)?,
            doubling: four(doubling)?,
        })
    }

    /// How much each pixel belongs to the garment, from 0 to 1, row by row: of a picture `[3, 64, 64]` in `[-1, 1]`.
    #[must_use]
    pub fn mask(&self, picture: &[f32]) -> Vec<f32> {
        let mut seen: Vec<Vec<f32>> = Vec::with_capacity(4);
        for layer in &self.halving {
            let made = layer.run(seen.last().map_or(picture, Vec::as_slice));
            seen.push(made);
        }
        let mut maps = seen.pop().unwrap_or_default();
        for (index, layer) in self.doubling.iter().enumerate() {
            if index > 0 {
                // Of one picture, channels beside each other are values after each other.
                maps.extend(seen.pop().unwrap_or_default());
            }
            maps = layer.run(&maps);
        }
        maps.iter_mut()
            .for_each(|logit| *logit = 1.0 / (1.0 + (-*logit).exp()));
        maps
    }
}
