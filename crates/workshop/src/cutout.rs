//! The network that cuts garments out, as files that come and go with a training.

use bigan::ModelCard;
use bigan::burn::tensor::Device;
use bigan::cutout::{Cutout, CutoutCard};
use web::NamedFile;

use crate::WorkshopError;

/// The folder of a run that holds it.
const FOLDER: &str = "cutout";

/// A network that cuts garments out, as files.
#[derive(Debug, Clone, PartialEq)]
pub struct CutoutFiles {
    /// The description.
    pub card: CutoutCard,
    /// The contents of the weight file.
    pub weights: Vec<u8>,
}

impl CutoutFiles {
    /// The contents of a `cutout.json`, and of the file that it names.
    ///
    /// # Errors
    /// Says what is wrong with one of them.
    pub fn new(json: &[u8], weights: Vec<u8>) -> Result<Self, WorkshopError> {
        Self::checked(CutoutCard::parse(json)?, weights)
    }

    /// Of a model, from the contents of its files in any order; none where it sees whole photographs.
    ///
    /// # Errors
    /// Says how its file is damaged.
    pub fn of(model: &ModelCard, files: &[(&str, &[u8])]) -> Result<Option<Self>, WorkshopError> {
        let Some(card) = &model.cutout else {
            return Ok(None);
        };
        let found = files.iter().find(|(name, _)| *name == card.file().name);
        let weights = found.map_or(&[][..], |(_, bytes)| bytes);
        Self::checked(card.clone(), weights.to_vec()).map(Some)
    }

    fn checked(card: CutoutCard, weights: Vec<u8>) -> Result<Self, WorkshopError> {
        card.check(&weights)?;
        Ok(Self { card, weights })
    }

    /// The network on `device`.
    ///
    /// # Errors
    /// Says which tensor does not fit.
    pub fn load(&self, device: &Device) -> Result<Cutout, WorkshopError> {
        Ok(Cutout::load(&self.card, &self.weights, device)?)
    }

    /// `cutout.json`.
    ///
    /// # Errors
    /// When a figure in it is not a number.
    pub fn json(&self) -> Result<Vec<u8>, WorkshopError> {
        Ok(self.card.to_json()?.into_bytes())
    }

    /// The weight file as a model directory has it.
    pub(crate) fn weight_file(&self) -> NamedFile {
        (self.card.file().name.clone(), self.weights.clone())
    }

    /// Both files as a run directory has them.
    ///
    /// # Errors
    /// As [`json`](Self::json).
    pub(crate) fn in_run(&self) -> Result<[NamedFile; 2], WorkshopError> {
        let (name, weights) = self.weight_file();
        Ok([
            (format!("{FOLDER}/{}", CutoutCard::NAME), self.json()?),
            (format!("{FOLDER}/{name}"), weights),
        ])
    }
}
