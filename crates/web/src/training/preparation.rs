//! Photographs and drawn outfits become pictures to train on, as the page's model sees them.

use bigan::cutout::{Preprocess, Seen};
use bigan::{ModelCard, SIDE};
use images::Subject;

use crate::view::seen;
use crate::{CutoutFiles, WebError};

/// What the page's model does to a photograph.
#[derive(Debug)]
pub struct Preparation {
    preprocess: Preprocess,
    /// The network that cuts garments out; none where whole photographs count.
    pub cutout: Option<CutoutFiles>,
}

impl Preparation {
    /// Of a model, from `model.json` and its files, of which only that of the network that cuts out is read.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong.
    pub fn new(model_json: &[u8], files: &[(&str, &[u8])]) -> Result<Self, WebError> {
        let card = ModelCard::parse(model_json)?;
        Ok(Self {
            preprocess: card.preprocess(files)?,
            cutout: CutoutFiles::of(&card, files)?,
        })
    }

    /// A photograph's file as a picture to train on.
    ///
    /// # Errors
    /// When it is no photograph.
    pub fn picture(&self, photo: &[u8]) -> Result<Seen, WebError> {
        seen(photo, None, Subject::Garment, &self.preprocess)
    }

    /// `count` drawn outfits from number `first` on, as the bytes of pictures. Those need no network to lie on white.
    pub fn drawn(&self, first: u64, count: u32) -> Vec<u8> {
        let draw = match self.preprocess.subject() {
            Subject::Whole => outfits::outfit,
            Subject::Garment => outfits::outfit_on_white,
        };
        (first..first + u64::from(count))
            .flat_map(|seed| draw(seed, SIDE as u32).image.into_raw())
            .collect()
    }
}
