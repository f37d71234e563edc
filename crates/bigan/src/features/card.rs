//! `features.json`: what a trained H is, how it was made, how good it is, and which file holds it.

use burn::tensor::Device;
use images::Fit;
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, ClassifierConfig};
use crate::weights::{
    Dataset, ModelError, Precision, WeightFile, card_text, decode, encode, not_a_card, version,
};

/// The version of the directory's layout that this code reads and writes.
const FORMAT: u64 = 1;
/// The description's name.
const CARD: &str = "features.json";
/// The weight file's name.
const FILE: &str = "classifier.safetensors";

/// The description of a trained H.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeaturesCard {
    format: u64,
    /// What the network is and does.
    #[serde(flatten)]
    pub description: ClassifierDescription,
    /// How kernels are stored.
    pub dtype: Precision,
    file: WeightFile,
}

/// What a trained classifier is, how it was made and how good it is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierDescription {
    /// A short name.
    pub name: String,
    /// The network's settings.
    pub network: ClassifierConfig,
    /// What it tells apart, in the order of its outputs.
    pub classes: Vec<String>,
    /// How a photograph was made square for training.
    pub fit: Fit,
    /// How the weights came to be.
    pub training: ClassifierTraining,
    /// What they were trained on.
    pub dataset: Dataset,
    /// How often the network is right.
    pub accuracy: Accuracy,
}

/// How a classifier was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ClassifierTraining {
    /// Pictures a step.
    pub batch: usize,
    /// Steps taken.
    pub steps: u64,
    /// Adam's step size at first.
    pub learning_rate: f64,
    /// Where first weights and all later chance came from.
    pub seed: u64,
    /// What it ran on.
    pub device: String,
}

/// Shares of pictures whose most likely class is the right one.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Accuracy {
    /// On the pictures trained on, 0 to 1.
    pub train: f64,
    /// On pictures kept apart, 0 to 1; absent where there were none.
    pub test: Option<f64>,
    /// Pictures kept apart.
    pub test_images: u64,
}

impl FeaturesCard {
    /// The description's name in its directory.
    pub const NAME: &'static str = CARD;

    /// Packs `network` as `dtype`, with its `description`. Returns the card and the contents of its weight file.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn pack(
        network: &Classifier,
        description: ClassifierDescription,
        dtype: Precision,
    ) -> Result<(Self, Vec<u8>), ModelError> {
        let bytes = encode(FILE, network, dtype).await?;
        let card = Self {
            format: FORMAT,
            description,
            dtype,
            file: WeightFile::of(FILE, &bytes),
        };
        Ok((card, bytes))
    }

    /// Reads a `features.json`.
    ///
    /// # Errors
    /// When it is not one, is of another format, asks for a network that cannot be built, or lists another file.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        version(CARD, json, FORMAT)?;
        let card: Self = serde_json::from_slice(json).map_err(not_a_card(CARD))?;
        let ClassifierDescription {
            network, classes, ..
        } = &card.description;
        network.validate().map_err(|error| ModelError::Networks {
            card: CARD,
            field: "network",
            error,
        })?;
        let field = |field, reason| ModelError::Field {
            card: CARD,
            field,
            reason,
        };
        if classes.len() < 2 {
            return Err(field("classes", "it must have two or more".to_owned()));
        }
        if card.file.name != FILE {
            let reason = format!("it names {:?} where there is {FILE:?}", card.file.name);
            return Err(field("file", reason));
        }
        Ok(card)
    }

    /// The card as the text of a `features.json`.
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

    /// The network on `device`, from the contents of its weight file.
    ///
    /// # Errors
    /// Says how the file is damaged, or which tensor does not fit.
    pub fn load(&self, bytes: &[u8], device: &Device) -> Result<Classifier, ModelError> {
        self.file.check(CARD, bytes)?;
        let description = &self.description;
        let classes = description.classes.len();
        let network = description.network.init(classes, device);
        decode(network, FILE, bytes, self.dtype)
    }
}
