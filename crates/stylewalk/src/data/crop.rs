//! `--crop`: what is cut out of a photograph before it becomes square.

use super::detector::{Detector, DetectorArgs};
use anyhow::{Result, ensure};
use clap::{Args, ValueEnum};
use images::{Region, RgbImage};
use serde::{Deserialize, Serialize};

/// The flags.
#[derive(Args, Debug)]
pub struct CropArgs {
    /// What to cut out of each photograph first
    #[arg(long, value_enum, default_value = "none")]
    crop: Target,
    /// Space to leave around it, as a share of its longer side
    #[arg(long, default_value_t = 0.1, value_parser = margin)]
    margin: f64,
    /// Leave out photographs with nothing to crop to, instead of keeping them whole
    #[arg(long)]
    require_crop: bool,
    #[command(flatten)]
    detector: DetectorArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Target {
    /// Nothing: keep all of it
    None,
    /// What differs from the background's colour, for product photos
    Background,
    /// The largest person that a detector finds (--detector)
    Person,
}

/// What was cut out, as a prepared folder's index says it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "lowercase", deny_unknown_fields)]
pub enum Crop {
    /// Nothing.
    None,
    /// What differs from the background's colour.
    Background {
        /// Space around it, as a share of its longer side.
        margin: f64,
        /// Whether photographs in which it was not found were left out.
        required: bool,
    },
    /// The largest person.
    Person {
        /// Space around, as a share of the longer side.
        margin: f64,
        /// Whether photographs without a person were left out.
        required: bool,
        /// The detector's file.
        detector: String,
        /// Its hash.
        sha256: String,
        /// The score from which a box counts.
        score: f32,
    },
}

/// Cuts photographs.
#[derive(Debug)]
pub struct Cropper {
    crop: Crop,
    detector: Option<Detector>,
}

/// What is left of a photograph.
#[derive(Debug)]
pub struct Cropped {
    /// The part that is kept.
    pub picture: RgbImage,
    /// Where it lay; None when all of it was kept.
    pub kept: Option<Region>,
}

impl CropArgs {
    /// Opens what the flags ask for.
    ///
    /// # Errors
    /// The detector cannot be used, or is named without being asked for.
    pub fn open(&self) -> Result<Cropper> {
        let (margin, required) = (self.margin, self.require_crop);
        if self.crop != Target::Person {
            ensure!(
                !self.detector.is_named(),
                "--detector finds persons; add --crop person, or leave it out"
            );
        }
        let (crop, detector) = match self.crop {
            Target::None => (Crop::None, None),
            Target::Background => (Crop::Background { margin, required }, None),
            Target::Person => {
                let detector = self.detector.open()?;
                let crop = Crop::Person {
                    margin,
                    required,
                    detector: detector.name.clone(),
                    sha256: detector.sha256.clone(),
                    score: detector.score,
                };
                (crop, Some(detector))
            }
        };
        Ok(Cropper { crop, detector })
    }
}

impl Cropper {
    /// What is cut out.
    pub fn crop(&self) -> &Crop {
        &self.crop
    }

    /// Whether anything is cut out.
    pub fn crops(&self) -> bool {
        self.crop != Crop::None
    }

    /// Cuts one photograph.
    ///
    /// # Errors
    /// The detector fails on it, or there is nothing to crop to where that is required.
    pub fn cut(&self, picture: RgbImage) -> Result<Cropped> {
        let (found, margin, required, wanted) = match (&self.crop, &self.detector) {
            (Crop::Background { margin, required }, _) => (
                images::subject(&picture),
                *margin,
                *required,
                "background of one colour",
            ),
            (
                Crop::Person {
                    margin, required, ..
                },
                Some(detector),
            ) => (detector.person(&picture)?, *margin, *required, "person"),
            _ => (None, 0.0, false, ""),
        };
        ensure!(found.is_some() || !required, "it shows no {wanted}");
        let kept = found.map(|found| found.squared(margin, picture.dimensions()));
        let picture = match kept {
            Some(kept) => kept.of(&picture),
            None => picture,
        };
        Ok(Cropped { picture, kept })
    }
}

fn margin(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(share) if (0.0..=4.0).contains(&share) => Ok(share),
        _ => Err(format!("`{word}` is not a number from 0 to 4")),
    }
}
