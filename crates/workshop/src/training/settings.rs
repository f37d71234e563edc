//! What a visitor chooses for a training, as the page sends it.

use bigan::{LossWeights, NetworkConfig, TrainerConfig};
use images::Fit;
use serde::Deserialize;

use crate::WorkshopError;

/// Pictures a step: more would only make the page wait longer for its first curve.
const MAX_BATCH: usize = 64;

/// The settings of a training in the page.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainingSettings {
    /// The weights of the loss terms; those that are not named are the paper's.
    pub losses: LossWeights,
    /// Pictures a step.
    pub batch: usize,
    /// Channels of the first convolution, for networks that begin from nothing.
    pub width: usize,
    /// Height and width of the pictures, and of those that the networks make.
    #[serde(default = "papers_side")]
    pub side: usize,
    /// Mirror pictures at random.
    pub flips: bool,
    /// Where first weights and all later chance come from.
    pub seed: u64,
    /// How the photographs were made square.
    pub fit: Fit,
    /// What the pictures are, for the model's card.
    pub dataset: String,
    /// Their licence, for the model's card.
    pub licence: String,
}

fn papers_side() -> usize {
    bigan::SIDE
}

impl TrainingSettings {
    /// Reads the page's JSON.
    ///
    /// # Errors
    /// Names the field that is unknown, missing or of another type.
    pub fn parse(json: &str) -> Result<Self, WorkshopError> {
        serde_json::from_str(json).map_err(|error| WorkshopError::Settings(error.to_string()))
    }

    /// What a trainer is set up with: the paper's constants, and these settings.
    ///
    /// # Errors
    /// Names the first setting that training cannot work with.
    pub fn trainer(&self, networks: NetworkConfig) -> Result<TrainerConfig, WorkshopError> {
        let config = TrainerConfig {
            networks,
            losses: self.losses,
            ..TrainerConfig::default()
        };
        let wrong = |reason: String| WorkshopError::Settings(reason);
        networks
            .validate()
            .map_err(|error| wrong(error.to_string()))?;
        config
            .validate()
            .map_err(|error| wrong(error.to_string()))?;
        if !(2..=MAX_BATCH).contains(&self.batch) {
            let reason = format!(
                "batch is {}, but must be between 2 and {MAX_BATCH}",
                self.batch
            );
            return Err(wrong(reason));
        }
        Ok(config)
    }
}
