//! A photograph as E sees it: the one way that the page, the program and a training take.

use std::sync::Arc;

use images::{Cut, Fit, Look, NotFound, RgbImage, Square, Step, Subject, to_signed};

use super::Cutter;
use crate::config::SIDE;

/// How photographs become the pictures that a model was trained on.
#[derive(Debug, Clone)]
pub struct Preprocess {
    /// Height and width of the pictures, in pixels.
    pub side: usize,
    /// How a photograph of which nothing is cut out becomes square.
    pub fit: Fit,
    /// What cuts the garment out; none where the model sees whole photographs.
    pub cutter: Option<Arc<Cutter>>,
}

/// A photograph as E sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// As many pixels as the model's pictures have.
    pub picture: RgbImage,
    /// The square of the photograph that was cut out, or why the photograph is whole; none where nothing was looked for.
    pub cut: Option<Result<Square, NotFound>>,
}

impl Preprocess {
    /// Whole photographs, as pictures of `side` x `side`.
    #[must_use]
    pub fn whole(fit: Fit, side: usize) -> Self {
        Self {
            side,
            fit,
            cutter: None,
        }
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
        self.seen(photo, Look::first)
    }

    /// `part` of a photo, which somebody has chosen, as E sees it: its background becomes white, its frame stays.
    #[must_use]
    pub fn see_framed(&self, part: &RgbImage) -> Seen {
        self.seen(part, Look::framed)
    }

    fn seen<'a>(
        &self,
        photo: &'a RgbImage,
        look: impl FnOnce(&'a RgbImage, [u32; 2]) -> Option<Look<'a>>,
    ) -> Seen {
        let side = self.side as u32; // 128 at most
        let whole = || images::square(photo, side, self.fit);
        let cutter = self.cutter.as_deref();
        match cutter.map(|cutter| cutter.follow(look(photo, [SIDE as u32, side]))) {
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
    /// The garment of `photo` on white, `side` x `side` pixels, by two looks.
    ///
    /// # Errors
    /// When there is none, or nothing else.
    pub fn cut(&self, photo: &RgbImage, side: u32) -> Result<Cut, NotFound> {
        self.follow(Look::first(photo, [SIDE as u32, side]))
    }

    /// Looks as often as it takes; there is no look at a photo without pixels.
    fn follow(&self, look: Option<Look<'_>>) -> Result<Cut, NotFound> {
        let mut look = look.ok_or(NotFound::Nothing)?;
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
