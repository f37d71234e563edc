//! Photographs and drawn outfits become pictures to train on, as the page's model sees them.

use images::{Limits, Subject};
use inference::cutout::{Preprocess, Seen};
use inference::{ModelCard, RunError};

use crate::ViewerError;

/// What the page's model does to a photograph.
#[derive(Debug)]
pub struct Preparation(Preprocess);

impl Preparation {
    /// Of a model, from `model.json` and its files, of which only that of the network that cuts out is read.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong.
    pub fn new(model_json: &[u8], files: &[(&str, &[u8])]) -> Result<Self, ViewerError> {
        let card: ModelCard = ModelCard::parse(model_json)?;
        Ok(Self(card.preprocess(files)?))
    }

    /// A photograph's file as a picture to train on.
    ///
    /// # Errors
    /// When it is no photograph.
    pub fn picture(&self, photo: &[u8]) -> Result<Seen, ViewerError> {
        let photo = images::decode(photo, &Limits::default()).map_err(RunError::from)?;
        Ok(self.0.see(&photo))
    }

    /// `count` drawn outfits from number `first` on, as the bytes of pictures. Those need no network to lie on white.
    pub fn drawn(&self, first: u64, count: u32) -> Vec<u8> {
        let draw = match self.0.subject() {
            Subject::Whole => outfits::outfit,
            Subject::Garment => outfits::outfit_on_white,
        };
        (first..first + u64::from(count))
            .flat_map(|seed| draw(seed, self.0.side as u32).image.into_raw())
            .collect()
    }
}
