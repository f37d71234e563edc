//! A photograph as E sees it: the one way that the page, the program and a training take.

use std::sync::Arc;

use images::{Fit, Look, NotFound, RgbImage, Square, Step, Subject, to_signed};

use super::Cutter;
use crate::config::SIDE;

/// How photographs become the pictures that a model was trained on.
#[derive(Debug, Clone)]
pub struct Preprocess {
    /// How a photograph of which nothing is cut out becomes square.
    pub fit: Fit,
    /// What cuts the garment out; none where the model sees whole photographs.
    pub cutter: Option<Arc<Cutter>>,
}

/// A photograph as E sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// 64x64 pixels.
    pub picture: RgbImage,
    /// The square of the photograph that was cut out, or why the photograph is whole; none where nothing was looked for.
    pub cut: Option<Result<Square, NotFound>>,
}

impl Preprocess {
    /// Whole photographs.
    #[must_use]
    pub fn whole(fit: Fit) -> Self {
        Self { fit, cutter: None }
    }

    /// What the pictures show.
    #[must_use]
    pub fn subject(&self) -> Subject {
        match self.cutter {
            Some(_) => Subject::Garment,
            None => Subject::Whole,
        }
    }

    /// `photo` as E sees it. Where no garment is found, that is the whole photograph.
    #[must_use]
    pub fn see(&self, photo: &RgbImage) -> Seen {
        let cut = self.cutter.as_deref().map(|cutter| cutter.cut(photo));
        let whole = || images::square(photo, SIDE as u32, self.fit);
        match cut {
            Some(Ok(cut)) => Seen {
                picture: cut.picture,
                cut: Some(Ok(cut.square)),
            },
            Some(Err(why)) => Seen {
                picture: whole(),
                cut: Some(Err(why)),
            },
            None => Seen {
                picture: whole(),
                cut: None,
            },
        }
    }
}

impl Cutter {
    /// The garment of `photo` on white, 64x64 pixels, by two looks.
    ///
    /// # Errors
    /// When there is none, or nothing else.
    pub fn cut(&self, photo: &RgbImage) -> Result<images::Cut, NotFound> {
        let mut look = Look::first(photo, SIDE as u32).ok_or(NotFound::Nothing)?;
        loop {
            let mask = self.mask(&to_signed(look.picture()));
            match look.masked(&mask) {
                Step::Again(closer) => look = closer,
                Step::Done(cut) => return Ok(cut),
                Step::NotFound(why) => return Err(why),
            }
        }
    }
}
