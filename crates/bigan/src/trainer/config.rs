//! The settings of a training.

use serde::{Deserialize, Serialize};

use super::techniques::{Augment, Schedule, UnrollConfig, VirtualBatchNorm};
use crate::adam::AdamConfig;
use crate::config::NetworkConfig;
use crate::losses::LossWeights;
use crate::setting::{SettingError, share};

/// Everything that decides how training goes, apart from the pictures.
///
/// Settings that are not in every `config.json` are off where it does not name them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// The networks.
    pub networks: NetworkConfig,
    /// The objective.
    pub losses: LossWeights,
    /// The optimizers of D and of G with E.
    pub adam: AdamConfig,
    /// How their learning rates go along the training.
    #[serde(default)]
    pub schedule: Schedule,
    /// Decay a step of the average of G and E that is published; 0 publishes G and E as they are.
    #[serde(default)]
    pub average_decay: f64,
    /// How pictures are changed before D sees them.
    #[serde(default)]
    pub augment: Augment,
    /// How far G and E look ahead of D.
    #[serde(default)]
    pub unroll: UnrollConfig,
    /// Which networks normalize by a reference batch.
    #[serde(default)]
    pub virtual_batch_norm: VirtualBatchNorm,
}

impl TrainerConfig {
    /// Checks every setting but the networks', which [`NetworkConfig::validate`] checks.
    ///
    /// # Errors
    /// Names the first setting that training cannot work with.
    pub fn validate(&self) -> Result<(), SettingError> {
        self.losses.validate()?;
        self.adam.validate()?;
        self.schedule.validate()?;
        share("average-decay", self.average_decay)?;
        self.unroll.validate()
    }
}
