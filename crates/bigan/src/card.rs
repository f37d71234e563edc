//! Models as files: what [`ModelCard`] describes, and the networks that its files hold.

use burn::tensor::Device;
use images::Fit;
use inference::weights::{Dataset, FILES, ModelError, Precision, sha256};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use inference::card::{Evaluation, keep_directions};

use crate::networks::Bigan;
use crate::trainer::TrainerConfig;
use crate::weights::{decode, encode};

/// `model.json`, with how the model was trained.
pub type ModelCard = inference::ModelCard<Training>;

/// How a model was trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// Objective, optimizer and networks.
    pub config: TrainerConfig,
    /// Pictures a step.
    pub batch: usize,
    /// Steps taken.
    pub steps: u64,
    /// Where first weights and all later chance came from.
    pub seed: u64,
    /// Whether pictures were mirrored at random.
    pub flips: bool,
    /// What it ran on.
    pub device: String,
}

/// A model ready to be written: its card, and for each weight file its name and bytes.
pub type Packed = (ModelCard, Vec<(&'static str, Vec<u8>)>);

impl Bigan {
    /// Packs the networks as `dtype` and describes them.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn pack(
        &self,
        name: String,
        dtype: Precision,
        fit: Fit,
        training: Training,
        dataset: Dataset,
    ) -> Result<Packed, ModelError> {
        let contents = [
            encode(FILES[0], &self.generator, dtype).await?,
            encode(FILES[1], &self.encoder, dtype).await?,
            encode(FILES[2], &self.discriminator, dtype).await?,
        ];
        let networks = training.config.networks;
        let card = ModelCard::new(name, networks, dtype, fit, training, dataset, &contents);
        Ok((card, FILES.into_iter().zip(contents).collect()))
    }

    /// The networks that `card` describes on `device`, from the contents of its files in any order.
    ///
    /// Sizes and hashes are checked first, then names, shapes and types, then values. Only the networks' own files need to
    /// be there.
    ///
    /// # Errors
    /// Says which file is missing, truncated or damaged, or which tensor does not fit.
    pub fn load<T: Serialize + DeserializeOwned>(
        card: &inference::ModelCard<T>,
        files: &[(&str, &[u8])],
        device: &Device,
    ) -> Result<Self, ModelError> {
        card.check_weights(files, |_, bytes| sha256(bytes))?;
        Self::load_checked(card, files, device)
    }

    /// As [`load`](Self::load), of files that [`ModelCard::check`](inference::ModelCard::check) has let pass.
    ///
    /// # Errors
    /// Says which file is missing, or which tensor does not fit.
    pub fn load_checked<T: Serialize + DeserializeOwned>(
        card: &inference::ModelCard<T>,
        files: &[(&str, &[u8])],
        device: &Device,
    ) -> Result<Self, ModelError> {
        let [generator, encoder, discriminator] = card.weights(files)?;
        let fresh = Self::new(&card.networks, device);
        Ok(Self {
            generator: decode(fresh.generator, FILES[0], generator, card.dtype)?,
            encoder: decode(fresh.encoder, FILES[1], encoder, card.dtype)?,
            discriminator: decode(fresh.discriminator, FILES[2], discriminator, card.dtype)?,
        })
    }
}
