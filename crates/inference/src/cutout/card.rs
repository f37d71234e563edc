//! What a trained network that cuts out is, how it was made, how good it is, and which file holds it: `cutout.json`, and a part of
//! a model's `model.json`.

use serde::{Deserialize, Serialize};

use super::{CutoutConfig, CutoutTrainerConfig, Cutter};
use crate::weights::{
    Dataset, ModelError, Precision, Tensors, WeightFile, card_text, not_a_card, version,
};

/// The version of the description that this code reads and writes.
const FORMAT: u64 = 1;
/// The description's name.
const CARD: &str = "cutout.json";
/// The weight file's name.
const FILE: &str = "cutout.safetensors";

/// The description of a trained network that cuts out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(from = "Stored")]
pub struct CutoutCard {
    format: u64,
    /// What the network is.
    #[serde(flatten)]
    pub description: CutoutDescription,
    /// How kernels are stored.
    pub dtype: Precision,
    file: WeightFile,
}

/// A [`CutoutCard`] as it is read: with `flatten`, reading keeps every field of any type first, which takes 20 kB of the
/// page's program.
#[derive(Deserialize)]
struct Stored {
    format: u64,
    name: String,
    training: CutoutTraining,
    dataset: Dataset,
    #[serde(default)]
    test: Option<MaskFit>,
    dtype: Precision,
    file: WeightFile,
}

impl From<Stored> for CutoutCard {
    fn from(stored: Stored) -> Self {
        Self {
            format: stored.format,
            description: CutoutDescription {
                name: stored.name,
                training: stored.training,
                dataset: stored.dataset,
                test: stored.test,
            },
            dtype: stored.dtype,
            file: stored.file,
        }
    }
}

/// What a trained network that cuts out is, how it was made and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CutoutDescription {
    /// A short name.
    pub name: String,
    /// How the weights came to be; the network's settings among it.
    pub training: CutoutTraining,
    /// What they were trained on.
    pub dataset: Dataset,
    /// How near its masks come to those of pictures it has not seen; absent where there were none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<MaskFit>,
}

/// How a network that cuts out was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CutoutTraining {
    /// Network, optimizer and seed.
    pub config: CutoutTrainerConfig,
    /// Steps taken.
    pub steps: u64,
    /// What it ran on.
    pub device: String,
}

/// How near masks come to others: intersection over union (IoU), 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MaskFit {
    /// Pictures measured.
    pub images: u64,
    /// The IoU that half of them reach.
    pub median_iou: f64,
    /// The mean IoU.
    pub mean_iou: f64,
}

impl CutoutCard {
    /// The description's name in a directory of its own.
    pub const NAME: &'static str = CARD;

    /// The weight file's name.
    pub const FILE: &'static str = FILE;

    /// Describes a network whose weight file has these contents.
    #[must_use]
    pub fn new(description: CutoutDescription, dtype: Precision, contents: &[u8]) -> Self {
        Self {
            format: FORMAT,
            description,
            dtype,
            file: WeightFile::of(FILE, contents),
        }
    }

    /// Reads a `cutout.json`.
    ///
    /// # Errors
    /// When it is not one, is of another format, asks for a network that cannot be built, or lists another file.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        version(CARD, json, FORMAT)?;
        let card: Self = serde_json::from_slice(json).map_err(not_a_card(CARD))?;
        card.validate(CARD)?;
        Ok(card)
    }

    /// Checks what `card` (a file's name, for the messages) says of the network.
    ///
    /// # Errors
    /// When it asks for a network that cannot be built, or lists another file.
    pub fn validate(&self, card: &'static str) -> Result<(), ModelError> {
        let field = |field, reason| ModelError::Field {
            card,
            field,
            reason,
        };
        if self.format != FORMAT {
            let reason = format!(
                "its format is {}, and this version reads {FORMAT}",
                self.format
            );
            return Err(field("cutout", reason));
        }
        let network = self.network();
        network.validate().map_err(|error| ModelError::Networks {
            card,
            field: "cutout",
            error,
        })?;
        if self.file.name != FILE {
            let reason = format!("it names {:?} where there is {FILE:?}", self.file.name);
            return Err(field("cutout", reason));
        }
        Ok(())
    }

    /// The card as the text of a `cutout.json`.
    ///
    /// # Errors
    /// When a figure in it is not a number.
    pub fn to_json(&self) -> Result<String, ModelError> {
        card_text(CARD, self)
    }

    /// The weight file, with its size and hash.
    pub fn file(&self) -> &WeightFile {
        &self.file
    }

    /// The network's settings.
    pub fn network(&self) -> CutoutConfig {
        self.description.training.config.network
    }

    /// Refuses a weight file that is not the card's.
    ///
    /// # Errors
    /// Says that it is truncated or damaged.
    pub fn check(&self, bytes: &[u8]) -> Result<(), ModelError> {
        self.file.check(CARD, bytes)
    }

    /// The network, from the contents of its weight file.
    ///
    /// # Errors
    /// Says how the file is damaged, or which tensor does not fit.
    pub fn cutter(&self, bytes: &[u8]) -> Result<Cutter, ModelError> {
        self.check(bytes)?;
        self.cutter_checked(bytes)
    }

    /// As [`cutter`](Self::cutter), of a file whose size and hash were found right.
    ///
    /// # Errors
    /// Says which tensor does not fit.
    pub fn cutter_checked(&self, bytes: &[u8]) -> Result<Cutter, ModelError> {
        let tensors = Tensors::open(FILE, bytes, self.dtype)?;
        Cutter::new(&tensors, &self.network())
    }
}
