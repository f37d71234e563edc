//! What shapes the three networks.

use serde::{Deserialize, Serialize};

/// Height and width of the paper's pictures, in pixels; its networks halve it four times, down to 4x4. The networks that
/// help, which cut out and which tell garments apart, always see so many.
pub const SIDE: usize = 64;

/// Heights and widths that E, G and D can have: one convolution less than the paper's, as many, one more.
const SIDES: [usize; 3] = [SIDE / 2, SIDE, 2 * SIDE];

/// Height and width of the maps between the fully connected layers and the convolutions.
pub(crate) const INNERMOST: usize = 4;

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
    /// Height and width of pictures, in pixels: 32, the paper's 64, which is the default, or 128.
    #[cfg_attr(feature = "clap", arg(long, value_name = "PIXELS"))]
    #[serde(default = "papers_side", skip_serializing_if = "is_papers_side")]
    pub side: usize,
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
        side: SIDE,
        stochastic: false,
        minibatch: MinibatchConfig::OFF,
    };

    /// Convolutions between a picture and the innermost maps of 4x4.
    #[must_use]
    pub fn halvings(&self) -> usize {
        (self.side / INNERMOST).max(2).ilog2() as usize
    }

    /// Channels of the innermost maps: `8 width` of the paper's.
    #[must_use]
    pub fn innermost(&self) -> usize {
        self.width << (self.halvings() - 1)
    }

    /// Numbers of a picture: three channels of `side` x `side`.
    #[must_use]
    pub fn values(&self) -> usize {
        3 * self.side * self.side
    }
}

fn papers_side() -> usize {
    SIDE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
fn is_papers_side(side: &usize) -> bool {
    *side == SIDE
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
    /// No networks make pictures of that side.
    #[error("`side` is {0}, but must be 32, 64 or 128")]
    Side(usize),
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
        match SIDES.contains(&self.side) {
            true => Ok(()),
            false => Err(ConfigError::Side(self.side)),
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
    fn a_side_is_halved_down_to_four_and_stands_only_where_it_is_not_the_papers() {
        for (side, halvings, innermost) in [(32, 3, 256), (64, 4, 512), (128, 5, 1024)] {
            let config = NetworkConfig {
                side,
                ..NetworkConfig::PAPER
            };
            assert_eq!(config.validate(), Ok(()));
            assert_eq!(
                (config.halvings(), config.innermost()),
                (halvings, innermost)
            );
            let text = serde_json::to_string(&config).unwrap();
            assert_eq!(text.contains("side"), side != 64, "{text}");
            assert_eq!(
                serde_json::from_str::<NetworkConfig>(&text).unwrap(),
                config
            );
        }
        let odd = NetworkConfig {
            side: 48,
            ..NetworkConfig::PAPER
        };
        let message = odd.validate().unwrap_err().to_string();
        assert!(message.contains("32, 64 or 128"), "{message}");
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
