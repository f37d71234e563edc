//! A model as files.

use bigan::burn::tensor::Device;
use bigan::cutout::Preprocess;
use bigan::weights::sha256;
use bigan::{Bigan, ModelCard};

use crate::{NamedFile, WebError};

/// The contents of a model directory, which fit each other: loaded again, they are not checked again.
#[derive(Debug)]
pub struct ModelFiles {
    /// What `model.json` says.
    pub card: ModelCard,
    files: Vec<NamedFile>,
}

impl ModelFiles {
    /// The contents of `model.json`, and of each file that it names.
    ///
    /// # Errors
    /// Names the file or field that is wrong.
    pub fn new(model_json: &[u8], files: Vec<NamedFile>) -> Result<Self, WebError> {
        Self::checked(model_json, files, |_, bytes| sha256(bytes))
    }

    /// As [`new`](Self::new), with hashes that somebody else computed.
    pub(crate) fn checked(
        model_json: &[u8],
        files: Vec<NamedFile>,
        sha256: impl Fn(&str, &[u8]) -> String,
    ) -> Result<Self, WebError> {
        let card = ModelCard::parse(model_json)?;
        card.check(&borrowed(&files), sha256)?;
        Ok(Self { card, files })
    }

    /// The networks on `device`, as Burn computes them.
    ///
    /// # Errors
    /// Names the tensor that does not fit.
    pub fn networks(&self, device: &Device) -> Result<Bigan, WebError> {
        Ok(self.card.load_checked(&self.borrowed(), device)?)
    }

    /// How photographs become the pictures that the model was trained on.
    ///
    /// # Errors
    /// Names the tensor that does not fit.
    pub fn preprocess(&self) -> Result<Preprocess, WebError> {
        Ok(self.card.preprocess(&self.borrowed())?)
    }

    pub(crate) fn borrowed(&self) -> Vec<(&str, &[u8])> {
        borrowed(&self.files)
    }
}

/// Files as a model reads them.
pub(crate) fn borrowed(files: &[NamedFile]) -> Vec<(&str, &[u8])> {
    let files = files.iter();
    files
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect()
}
