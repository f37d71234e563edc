//! A model as files, which arrive one by one and in any order.

use bigan::burn::tensor::Device;
use bigan::cutout::{CutoutCard, Preprocess};
use bigan::latent::{Directions, Gaussian};
#[cfg(target_family = "wasm")]
use bigan::weights::hexadecimal;
use bigan::weights::{FILES, decode, sha256};
use bigan::{Bigan, ModelCard, ModelError, WeightFile};
use web::{NamedFile, borrowed};

use crate::ViewerError;

/// The description's name, in messages.
const CARD: &str = "model.json";

/// What has arrived of a model directory. Files that are here fit the description: loaded again, they are not checked
/// again.
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
    pub fn new(model_json: &[u8], files: Vec<NamedFile>) -> Result<Self, ViewerError> {
        let mut model = Self::begin(model_json)?;
        for (name, bytes) in files {
            let hash = sha256(&bytes);
            model.add(&name, bytes, &hash)?;
        }
        Ok(model)
    }

    /// A model of which nothing but its `model.json` is here.
    ///
    /// # Errors
    /// Names the field that is wrong.
    pub fn begin(model_json: &[u8]) -> Result<Self, ViewerError> {
        Ok(Self {
            card: ModelCard::parse(model_json)?,
            files: Vec::new(),
        })
    }

    /// A file that has arrived, with its SHA-256 in lower-case hexadecimal. One that `model.json` does not name is left.
    ///
    /// # Errors
    /// Says that it is truncated or damaged; it is then not taken.
    pub fn add(&mut self, name: &str, bytes: Vec<u8>, sha256: &str) -> Result<(), ViewerError> {
        if let Some(file) = self.card.all_files().find(|file| file.name == name) {
            check(file, bytes.len() as u64, sha256)?;
            self.files.retain(|(found, _)| found != name);
            self.files.push((name.to_owned(), bytes));
        }
        Ok(())
    }

    /// As [`add`](Self::add), with the hash that the browser computes beside the program, where it does that.
    ///
    /// # Errors
    /// As [`add`](Self::add).
    #[cfg(target_family = "wasm")]
    pub async fn take(
        &mut self,
        name: &str,
        bytes: &js_sys::Uint8Array,
    ) -> Result<(), ViewerError> {
        let hash = web::from_js::sha256(bytes).await;
        let bytes = bytes.to_vec();
        let hash = hash.map_or_else(|| sha256(&bytes), |hash| hexadecimal(&hash));
        self.add(name, bytes, &hash)
    }

    /// Gives a file back to whoever sent it.
    pub fn remove(&mut self, name: &str) {
        self.files.retain(|(found, _)| found != name);
    }

    /// Whether what rebuilds a photograph is here: the network that cuts out, where there is one, E and G.
    #[must_use]
    pub fn rebuilds(&self) -> bool {
        let cutout = self.card.cutout.as_ref().map(CutoutCard::file);
        let cutout = cutout.is_none_or(|file| self.has(&file.name));
        cutout && self.has(FILES[0]) && self.has(FILES[1])
    }

    /// Whether D is here.
    #[must_use]
    pub fn judges(&self) -> bool {
        self.has(FILES[2])
    }

    fn has(&self, name: &str) -> bool {
        self.files.iter().any(|(found, _)| found == name)
    }

    /// The networks on `device`, as Burn computes them. A D that is not here is one that nobody trained.
    ///
    /// # Errors
    /// Names the file that is missing, or the tensor that does not fit.
    pub fn networks(&self, device: &Device) -> Result<Bigan, ViewerError> {
        let dtype = self.card.dtype;
        let content = |name: &str| {
            let found = self.files.iter().find(|(found, _)| found == name);
            found.map(|(_, bytes)| bytes.as_slice())
        };
        let needed = |name: &'static str| {
            content(name).ok_or_else(|| ModelError::FileMissing {
                card: CARD,
                file: name.to_owned(),
            })
        };
        let blank = self.card.networks.init(device);
        Ok(Bigan {
            generator: decode(blank.generator, FILES[0], needed(FILES[0])?, dtype)?,
            encoder: decode(blank.encoder, FILES[1], needed(FILES[1])?, dtype)?,
            discriminator: match content(FILES[2]) {
                Some(bytes) => decode(blank.discriminator, FILES[2], bytes, dtype)?,
                None => blank.discriminator,
            },
        })
    }

    /// How photographs become the pictures that the model was trained on.
    ///
    /// # Errors
    /// Names the tensor that does not fit.
    pub fn preprocess(&self) -> Result<Preprocess, ViewerError> {
        Ok(self.card.preprocess(&borrowed(&self.files))?)
    }

    /// The model's directions, where they are here.
    ///
    /// # Errors
    /// They are not for codes of this model.
    pub fn directions(&self) -> Result<Option<Directions>, ViewerError> {
        match self.card.directions_file() {
            Some(file) if self.has(&file.name) => {
                Ok(self.card.directions(&borrowed(&self.files))?)
            }
            _ => Ok(None),
        }
    }

    /// What photographs' codes are like, where that is here.
    ///
    /// # Errors
    /// It is not for codes of this model.
    pub fn codes(&self) -> Result<Option<Gaussian>, ViewerError> {
        match self.card.codes_file() {
            Some(file) if self.has(&file.name) => Ok(self.card.codes(&borrowed(&self.files))?),
            _ => Ok(None),
        }
    }
}

/// Refuses contents of another size or hash than the card says.
fn check(file: &WeightFile, found: u64, sha256: &str) -> Result<(), ModelError> {
    let name = file.name.clone();
    if found != file.bytes {
        return Err(ModelError::FileSize {
            card: CARD,
            file: name,
            expected: file.bytes,
            found,
        });
    }
    if sha256 != file.sha256 {
        return Err(ModelError::FileHash {
            card: CARD,
            file: name,
        });
    }
    Ok(())
}
