//! What shapes the three networks.

use burn::tensor::Device;
use kernels::{ConvolutionOperation, ConvolutionProblem};
use serde::{Deserialize, Serialize};

use crate::networks::{Bigan, Discriminator, Encoder, Generator};

/// Height and width of every picture, in pixels. The paper's networks halve it four times, down to 4x4.
pub const SIDE: usize = 64;

/// Above these a `model.json` is refused before anything is allocated for it.
const MAX_WIDTH: usize = 512;
const MAX_LATENT: usize = 8192;
const MAX_KERNELS: usize = 1024;
const MAX_DIMENSIONS: usize = 64;

/// The settings of the networks; the paper's are the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Channels of the first convolution; every other channel count is a multiple of it.
    pub width: usize,
    /// Numbers in a code z.
    pub latent: usize,
    /// Whether E returns a mean and a log-variance (the paper's footnote 1) instead of a code.
    pub stochastic: bool,
    /// Whether D compares the pairs of a batch with each other (minibatch discrimination), and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minibatch: Option<MinibatchConfig>,
}

/// The settings of minibatch discrimination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MinibatchConfig {
    /// Similarities that D gets for each pair; 100 in the source.
    pub kernels: usize,
    /// Numbers of which each similarity is made; 5 in the source's code.
    pub dimensions: usize,
}

impl NetworkConfig {
    /// The paper's settings.
    pub const PAPER: Self = Self {
        width: 64,
        latent: 100,
        stochastic: false,
        minibatch: None,
    };
}

impl Default for NetworkConfig {
    fn default() -> Self {
        Self::PAPER
    }
}

/// A network setting outside what can be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The field is zero or absurdly large.
    #[error("`{field}` is {value}, but must be between 1 and {max}")]
    OutOfRange {
        /// The setting's name.
        field: &'static str,
        /// What it was.
        value: usize,
        /// The largest value accepted.
        max: usize,
    },
}

impl NetworkConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// Names the first field that is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let mut fields = vec![
            ("width", self.width, MAX_WIDTH),
            ("latent", self.latent, MAX_LATENT),
        ];
        if let Some(minibatch) = self.minibatch {
            fields.push(("minibatch-kernels", minibatch.kernels, MAX_KERNELS));
            fields.push(("minibatch-dimensions", minibatch.dimensions, MAX_DIMENSIONS));
        }
        for (field, value, max) in fields {
            if value == 0 || value > max {
                return Err(ConfigError::OutOfRange { field, value, max });
            }
        }
        Ok(())
    }

    /// The convolutions of a training step on `batch` pictures: of each shape all three operations, because each is
    /// another's gradient. G sees codes and encoded pictures as one batch, D and E a batch at a time.
    pub fn convolutions(&self, batch: usize) -> Vec<ConvolutionProblem> {
        let width = self.width;
        let halving = [
            ([3, width], SIDE, 5),
            ([width, 2 * width], SIDE / 2, 5),
            ([2 * width, 4 * width], SIDE / 4, 5),
            ([4 * width, 8 * width], SIDE / 8, 5),
        ];
        let last = ([8 * width; 2], SIDE / 16, 3);
        let all = halving.iter().chain([&last]).map(|shape| (batch, shape));
        let doubling = halving.iter().map(|shape| (2 * batch, shape));
        all.chain(doubling)
            .flat_map(|(batch, &(channels, side, kernel))| {
                ConvolutionOperation::ALL.map(|operation| {
                    ConvolutionProblem::new(operation, batch, channels, side, kernel)
                })
            })
            .flatten()
            .collect()
    }

    /// The three networks on `device`, their parameters not yet drawn: [`Bigan::seeded`] draws them, loading replaces them.
    pub fn init(&self, device: &Device) -> Bigan {
        Bigan {
            generator: Generator::new(self, device),
            encoder: Encoder::new(self, device),
            discriminator: Discriminator::new(self, device),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paper_settings_are_the_default_and_valid() {
        let config = NetworkConfig::default();
        assert_eq!((config.width, config.latent), (64, 100));
        assert_eq!(config.validate(), Ok(()));
    }

    #[test]
    fn a_step_has_nine_shapes_of_convolutions() {
        let config = NetworkConfig {
            width: 16,
            ..NetworkConfig::default()
        };
        let names: Vec<String> = config
            .convolutions(8)
            .iter()
            .map(ConvolutionProblem::to_string)
            .collect();
        assert_eq!(names.len(), 27);
        assert_eq!(names[12], "conv2d 128 -> 128, 4x4, 3x3, batch 8");
        assert_eq!(names[25], "conv_transpose2d 128 -> 64, 8x8, 5x5, batch 16");
        assert_eq!(names[26], "conv2d_weight 64 -> 128, 8x8, 5x5, batch 16");
    }

    #[test]
    fn a_width_that_cannot_be_built_is_named() {
        for width in [0, 1_000_000] {
            let config = NetworkConfig {
                width,
                ..Default::default()
            };
            let message = config.validate().unwrap_err().to_string();
            assert!(message.contains("`width`"), "{message}");
        }
    }
}
