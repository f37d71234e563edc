//! What shapes the three networks.

use serde::{Deserialize, Serialize};

/// Height and width of every picture, in pixels. The paper's networks halve it four times, down to 4x4.
pub const SIDE: usize = 64;

/// Above these a `model.json` is refused before anything is allocated for it.
const MAX_WIDTH: usize = 512;
const MAX_LATENT: usize = 8192;
const MAX_KERNELS: usize = 1024;
const MAX_DIMENSIONS: usize = 64;

/// The settings of the networks; the paper's are the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Channels of the first convolution; every other channel count is a multiple of it.
    #[cfg_attr(feature = "clap", arg(long))]
    pub width: usize,
    /// Numbers in a code z.
    #[cfg_attr(feature = "clap", arg(long))]
    pub latent: usize,
    /// Have E return a mean and a log-variance (the paper's footnote 1), and sample from them while training.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true"))]
    pub stochastic: bool,
    /// How D compares the pairs of a batch with each other.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(default, skip_serializing_if = "MinibatchConfig::is_off")]
    pub minibatch: MinibatchConfig,
}

/// The settings of minibatch discrimination (Salimans et al. 2016, section 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct MinibatchConfig {
    /// Similarities that D gets for each pair of a batch (minibatch discrimination); 0 for none, 100 in its source.
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "minibatch.kernels",
            long = "minibatch-kernels",
            value_name = "COUNT"
        )
    )]
    pub kernels: usize,
    /// Numbers of which each such similarity is made; 5 in its source's code.
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "minibatch.dimensions",
            long = "minibatch-dimensions",
            value_name = "COUNT"
        )
    )]
    pub dimensions: usize,
}

impl MinibatchConfig {
    /// D judges every pair by itself.
    pub const OFF: Self = Self {
        kernels: 0,
        dimensions: 5,
    };

    /// Whether D judges every pair by itself.
    pub fn is_off(&self) -> bool {
        self.kernels == 0
    }
}

impl Default for MinibatchConfig {
    fn default() -> Self {
        Self::OFF
    }
}

impl NetworkConfig {
    /// The paper's settings.
    pub const PAPER: Self = Self {
        width: 64,
        latent: 100,
        stochastic: false,
        minibatch: MinibatchConfig::OFF,
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
        let minibatch = self.minibatch;
        if !minibatch.is_off() {
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
