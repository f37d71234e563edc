//! The settings of a training.

use serde::{Deserialize, Serialize};

use super::objective::{LossWeights, Need};
use super::techniques::{Augment, Schedule, UnrollConfig, VirtualBatchNorm};
use crate::adam::AdamConfig;
use crate::networks::{Discriminator, convolutions_of_a_batch};
use crate::setting::{SettingError, ensure, share};
use inference::config::NetworkConfig;
use kernels::ConvolutionProblem;

/// Everything that decides how training goes, apart from the pictures.
///
/// Settings that are not in every `config.json` are off where it does not name them.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct TrainerConfig {
    /// The networks.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub networks: NetworkConfig,
    /// The objective.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub losses: LossWeights,
    /// The optimizers of D and of G with E.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub adam: AdamConfig,
    /// How their learning rates change over the training.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(default)]
    pub schedule: Schedule,
    /// Publish an average of G and E over steps, which decays by this factor a step, 0.999 for example; 0 for none.
    #[cfg_attr(feature = "clap", arg(long, value_name = "DECAY"))]
    #[serde(default)]
    pub average_decay: f64,
    /// Change pictures before D sees them (DiffAugment): a list of color, translation and cutout, or none [default: none]
    #[cfg_attr(feature = "clap", arg(long, value_name = "LIST"))]
    #[serde(default)]
    pub augment: Augment,
    /// Clamp the codes E(x) that D sees to [-1, 1], where codes z lie; the gradient passes as if they were not.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true"))]
    #[serde(default)]
    pub clamp_codes: bool,
    /// How far G and E look ahead of D.
    #[cfg_attr(feature = "clap", command(flatten))]
    #[serde(default)]
    pub unroll: UnrollConfig,
    /// Normalize by the first batch instead of the present one in: generator, discriminator, both, none [default: none]
    #[cfg_attr(feature = "clap", arg(long, value_name = "NETWORKS"))]
    #[serde(default)]
    pub virtual_batch_norm: VirtualBatchNorm,
    /// Where several processes share a batch, normalize by each one's rows alone: less waiting, another training.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true"))]
    #[serde(default, skip_serializing_if = "is_false")]
    pub local_norm: bool,
}

/// So that files older than a setting are written as they were.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_false(setting: &bool) -> bool {
    !setting
}

impl TrainerConfig {
    /// The convolutions of a step on `batch` pictures. E sees a batch at a time, G codes and encoded pictures as one, and D
    /// all kinds of pairs, or those that a gradient reaches.
    pub fn convolutions(&self, batch: usize) -> Vec<ConvolutionProblem> {
        (1..=self.kinds_of_pairs())
            .flat_map(|batches| convolutions_of_a_batch(&self.networks, batches * batch))
            .collect()
    }

    /// How many kinds of pairs D sees: those of pictures, of samples, and where a term needs it of reconstructions.
    pub fn kinds_of_pairs(&self) -> usize {
        let needs = [Need::ReconstructionPairs, Need::FeatureMaps];
        let reconstructions = needs.iter().any(|need| self.losses.need(*need));
        2 + usize::from(reconstructions)
    }

    /// Checks every setting but the networks', which [`NetworkConfig::validate`] checks.
    ///
    /// # Errors
    /// Names the first setting that training cannot work with.
    pub fn validate(&self) -> Result<(), SettingError> {
        self.losses.validate()?;
        let layers = Discriminator::convolutions(&self.networks);
        let layer = self.losses.feature_layer;
        ensure(
            (1..=layers).contains(&layer),
            "feature-layer",
            layer,
            format!("be between 1 and {layers}, as many convolutions as D has"),
        )?;
        self.adam.validate()?;
        self.schedule.validate()?;
        share("average-decay", self.average_decay)?;
        self.unroll.validate()
    }
}
