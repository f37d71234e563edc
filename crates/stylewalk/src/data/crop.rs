//! `--crop`: what is cut out of a photograph before it becomes square.

use super::cropped::Crop;
use super::detector::{Detector, DetectorArgs};
use crate::cutout::Stored;
use anyhow::{Context, Result, bail, ensure};
use bigan::cutout::Cutter;
use clap::{Args, ValueEnum};
use images::{NotFound, Region, RgbImage};
use std::path::PathBuf;

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
    /// The network that cuts garments out, from `stylewalk train-cutout`, for --crop garment
    #[arg(long, value_name = "DIR")]
    cutout: Option<PathBuf>,
    #[command(flatten)]
    detector: DetectorArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Target {
    /// Nothing: keep all of it
    None,
    /// The largest person that a detector finds (--detector)
    Person,
    /// The garment alone, laid on white (--cutout)
    Garment,
}

/// Cuts photographs.
#[derive(Debug)]
pub struct Cropper {
    crop: Crop,
    tool: Tool,
    /// Pixels along a side of a garment's picture.
    side: u32,
}

/// What finds the part to keep.
#[derive(Debug)]
enum Tool {
    None,
    Detector(Detector),
    Cutout(Box<(Stored, Cutter)>),
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
    /// Opens what the flags ask for, to make pictures of `side` x `side` pixels.
    ///
    /// # Errors
    /// The detector cannot be used, or is named without being asked for.
    pub fn open(&self, side: u32) -> Result<Cropper> {
        let (margin, required) = (self.margin, self.require_crop);
        if self.crop != Target::Person {
            ensure!(
                !self.detector.is_named(),
                "--detector finds persons; add --crop person, or leave it out"
            );
        }
        ensure!(
            self.crop == Target::Garment || self.cutout.is_none(),
            "--cutout finds garments; add --crop garment, or leave it out"
        );
        let (crop, tool) = match self.crop {
            Target::None => (Crop::None, Tool::None),
            Target::Person => {
                let detector = self.detector.open()?;
                let crop = Crop::Person {
                    margin,
                    required,
                    detector: detector.name.clone(),
                    sha256: detector.sha256.clone(),
                    score: detector.score,
                };
                (crop, Tool::Detector(detector))
            }
            Target::Garment => {
                let folder = self.cutout.as_deref().context(
                    "--crop garment needs a network that finds it; name one with --cutout, \
                     or make one with `stylewalk train-cutout`",
                )?;
                let stored = Stored::read(folder)?;
                let crop = Crop::Garment {
                    required,
                    cutout: stored.card.description.name.clone(),
                    sha256: stored.card.file().sha256.clone(),
                };
                let cutter = stored.cutter()?;
                (crop, Tool::Cutout(Box::new((stored, cutter))))
            }
        };
        Ok(Cropper { crop, tool, side })
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

    /// The network that cuts garments out, where that is what is done.
    pub fn cutout(&self) -> Option<&Stored> {
        match &self.tool {
            Tool::Cutout(cutout) => Some(&cutout.0),
            _ => None,
        }
    }

    /// Cuts one photograph.
    ///
    /// # Errors
    /// The detector fails on it, or there is nothing to crop to where that is required.
    pub fn cut(&self, picture: RgbImage) -> Result<Cropped> {
        let found = match &self.tool {
            Tool::None => None,
            Tool::Detector(detector) => detector.person(&picture)?,
            Tool::Cutout(cutout) => return self.cut_out(&cutout.1, picture),
        };
        let (margin, required) = match self.crop {
            Crop::Person {
                margin, required, ..
            } => (margin, required),
            _ => (0.0, false),
        };
        ensure!(found.is_some() || !required, "it shows no person");
        let kept = found.map(|found| found.squared(margin, picture.dimensions()));
        let picture = match kept {
            Some(kept) => kept.of(&picture),
            None => picture,
        };
        Ok(Cropped { picture, kept })
    }

    fn cut_out(&self, cutter: &Cutter, picture: RgbImage) -> Result<Cropped> {
        let required = matches!(self.crop, Crop::Garment { required: true, .. });
        match cutter.cut(&picture, self.side) {
            Ok(cut) => Ok(Cropped {
                kept: Some(cut.square.within(picture.dimensions())),
                picture: cut.picture,
            }),
            Err(NotFound::Nothing) if required => bail!("it shows no garment"),
            Err(why @ NotFound::Everything) if required => bail!("{why}"),
            Err(_) => Ok(Cropped {
                picture,
                kept: None,
            }),
        }
    }
}

fn margin(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(share) if (0.0..=4.0).contains(&share) => Ok(share),
        _ => Err(format!("`{word}` is not a number from 0 to 4")),
    }
}
