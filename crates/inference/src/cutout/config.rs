//! What shapes a network that cuts out, and how it is trained.

use serde::{Deserialize, Serialize};

use crate::config::ConfigError;

/// Above this a description is refused before anything is allocated for it.
const MAX_WIDTH: usize = 256;

/// What shapes a network that cuts out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutoutConfig {
    /// Channels of the first convolution; every other channel count but the last is a multiple of it.
    pub width: usize,
}

impl Default for CutoutConfig {
    fn default() -> Self {
        Self { width: 16 }
    }
}

impl CutoutConfig {
    /// Checks the width.
    ///
    /// # Errors
    /// When it is out of range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        if (1..=MAX_WIDTH).contains(&self.width) {
            return Ok(());
        }
        Err(ConfigError::OutOfRange {
            field: "width",
            value: self.width,
            max: MAX_WIDTH,
        })
    }
}

/// Everything that decides how a training goes, apart from pictures and masks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CutoutTrainerConfig {
    /// The network.
    pub network: CutoutConfig,
    /// Adam's step size at first; it falls to zero along half a cosine.
    pub learning_rate: f64,
    /// Steps to train for.
    pub steps: u64,
    /// Pictures a step.
    pub batch: usize,
    /// Where first weights, order and views come from.
    pub seed: u64,
}
