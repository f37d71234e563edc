//! [`Cutout`] without Burn.

use kernels::inference::Chain;

use super::network::{Cutout, CutoutConfig};
use crate::config::SIDE;
use crate::folded::{LayerEnd, LayerKind, LayerPlan, chain, fold, values};

/// A trained [`Cutout`] for inference on the CPU.
#[derive(Debug)]
pub struct Cutter {
    /// From the picture down to 4x4. What each makes is kept for the way back.
    halving: [Chain; 4],
    /// From 4x4 up to the mask.
    doubling: [Chain; 4],
}

impl Cutter {
    /// Of a network on the CPU, whose numbers are read here and now.
    ///
    /// # Errors
    /// The name of a tensor that is not there or cannot be read.
    pub fn new(network: &Cutout, config: &CutoutConfig) -> Result<Self, String> {
        let mut numbers = values(network)?;
        let mut one = |plan: LayerPlan| -> Result<Chain, String> {
            let folded = fold(&mut numbers, &plan)?;
            Ok(chain(&[plan], &[folded]))
        };
        let width = config.width;
        let halving = [
            one(halve("conv1", "bn1", [3, width], SIDE))?,
            one(halve("conv2", "bn2", [width, 2 * width], SIDE / 2))?,
            one(halve("conv3", "bn3", [2 * width, 4 * width], SIDE / 4))?,
            one(halve("conv4", "bn4", [4 * width, 8 * width], SIDE / 8))?,
        ];
        let doubling = [
            one(double("deconv1", Some("bn5"), [8 * width, 4 * width], 4))?,
            one(double("deconv2", Some("bn6"), [8 * width, 2 * width], 8))?,
            one(double("deconv3", Some("bn7"), [4 * width, width], 16))?,
            one(double("deconv4", None, [2 * width, 1], 32))?,
        ];
        Ok(Self { halving, doubling })
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

fn halve(
    name: &'static str,
    norm: &'static str,
    [inputs, outputs]: [usize; 2],
    side: usize,
) -> LayerPlan {
    LayerPlan {
        name,
        norm: Some(norm),
        kind: LayerKind::Halve { kernel: 5 },
        inputs,
        outputs,
        side,
        end: LayerEnd::Leaky,
    }
}

/// A layer without a batch norm is the last, and ends with its sums.
fn double(
    name: &'static str,
    norm: Option<&'static str>,
    [inputs, outputs]: [usize; 2],
    side: usize,
) -> LayerPlan {
    LayerPlan {
        name,
        norm,
        kind: LayerKind::Double,
        inputs,
        outputs,
        side,
        end: if norm.is_some() {
            LayerEnd::Leaky
        } else {
            LayerEnd::Identity
        },
    }
}
