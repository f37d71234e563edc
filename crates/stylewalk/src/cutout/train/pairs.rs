//! Photographs with their masks: read, checked, made square, and what a network's masks are measured against.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use bigan::SIDE;
use bigan::cutout::{Cutter, MaskFit};
use images::{Fit, Rgb, RgbImage, Square, to_signed};
use inference::weights::hexadecimal;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use super::agreement::Doubtful;
use crate::data;
use crate::terminal::plain;

/// Side of what is kept of a photograph: half as much again as the network sees, so that a view may come closer.
pub const KEPT: u32 = 96;
/// Masks that cover less than this share of their photograph show no garment.
const LEAST: f64 = 0.03;
/// Masks that cover more have no background.
const MOST: f64 = 0.9;
/// By how much the proportions of a photograph and its mask may differ: both are whole pixels.
const PROPORTIONS: f64 = 0.05;

/// A photograph and its mask, both square.
pub struct Pair {
    /// [`KEPT`] pixels square, padded.
    pub photo: RgbImage,
    /// The same side: 255 where the garment is.
    pub mask: Vec<u8>,
}

/// A picture as the network sees it at first, and which of its pixels are the garment's.
pub struct Test {
    picture: RgbImage,
    inside: Vec<bool>,
}

/// All pairs of a folder.
pub struct Pairs {
    /// Trained on.
    pub train: Vec<Pair>,
    /// Kept apart.
    pub test: Vec<Test>,
}

impl Pairs {
    /// Reads the photographs under `photos` and their masks under `masks`, but for those `doubtful`. Pairs that cannot be
    /// used are named and skipped.
    ///
    /// # Errors
    /// There is no pair to train on.
    pub fn read(photos: &Path, masks: &Path, doubtful: &Doubtful) -> Result<Self> {
        ensure!(
            masks.is_dir(),
            "--masks {} is not a folder; name one that holds a PNG for each photograph",
            masks.display()
        );
        let (train, test) = (photos.join("train"), photos.join("test"));
        let divided = train.is_dir();
        let part = |folder: &str| -> Result<Vec<(RgbImage, RgbImage)>> {
            read_part(photos, masks, folder, doubtful)
        };
        let train = part(if divided { "train" } else { "" })?;
        ensure!(
            !train.is_empty(),
            "no photograph under {} has a mask that can be used under {}",
            photos.display(),
            masks.display()
        );
        let test = match divided && test.is_dir() {
            true => part("test")?,
            false => Vec::new(),
        };
        Ok(Self {
            train: train.par_iter().map(pair).collect(),
            test: test.par_iter().map(test_picture).collect(),
        })
    }

    /// A hash over what is trained on.
    pub fn mark(&self) -> String {
        let mut hash = Sha256::new();
        for pair in &self.train {
            hash.update(pair.photo.as_raw());
            hash.update(&pair.mask);
        }
        hexadecimal(&hash.finalize())
    }
}

/// The photographs and masks in `folder` of both.
fn read_part(
    photos: &Path,
    masks: &Path,
    folder: &str,
    doubtful: &Doubtful,
) -> Result<Vec<(RgbImage, RgbImage)>> {
    let files = data::picture_files(&photos.join(folder))?;
    let files: Vec<PathBuf> = files
        .into_iter()
        .map(|file| Path::new(folder).join(file))
        .filter(|file| !doubtful.contains(file))
        .collect();
    let read: Vec<_> = files
        .par_iter()
        .map(|file| read_pair(photos, masks, file))
        .collect();
    let named = read.into_iter().zip(&files);
    Ok(named
        .filter_map(|(read, file)| match read {
            Ok(pair) => Some(pair),
            Err(error) => {
                let why = format!("{}: {error:#}", file.display());
                eprintln!("skipped {}", plain(&why));
                None
            }
        })
        .collect())
}

fn read_pair(photos: &Path, masks: &Path, file: &Path) -> Result<(RgbImage, RgbImage)> {
    let mask = masks.join(file).with_extension("png");
    ensure!(mask.is_file(), "there is no mask {}", mask.display());
    let mask = data::open(&mask).context("its mask cannot be used")?;
    let photo = data::open(&photos.join(file))?;
    let [photo_ratio, mask_ratio] =
        [&photo, &mask].map(|picture| f64::from(picture.width()) / f64::from(picture.height()));
    if (photo_ratio / mask_ratio - 1.0).abs() > PROPORTIONS {
        let [(a, b), (c, d)] = [photo.dimensions(), mask.dimensions()];
        bail!("its mask is {c} x {d}, of other proportions than the photograph's {a} x {b}");
    }
    let white = mask.pixels().filter(|pixel| pixel.0[0] > 127).count();
    let share = white as f64 / mask.pixels().len().max(1) as f64;
    ensure!(
        (LEAST..=MOST).contains(&share),
        "its mask covers {:.0} % of it, where {:.0} to {:.0} % can be a garment",
        100.0 * share,
        100.0 * LEAST,
        100.0 * MOST
    );
    Ok((photo, mask))
}

fn pair((photo, mask): &(RgbImage, RgbImage)) -> Pair {
    Pair {
        photo: images::square(photo, KEPT, Fit::Pad),
        mask: square_mask(mask, KEPT),
    }
}

fn test_picture((photo, mask): &(RgbImage, RgbImage)) -> Test {
    let mask = square_mask(mask, SIDE as u32);
    Test {
        picture: images::square(photo, SIDE as u32, Fit::Pad),
        inside: mask.iter().map(|value| *value > 127).collect(),
    }
}

/// Padded with what is no garment.
fn square_mask(mask: &RgbImage, side: u32) -> Vec<u8> {
    let square = Square::around_all(mask.dimensions()).of(mask, Rgb([0; 3]), side);
    square.pixels().map(|pixel| pixel.0[0]).collect()
}

/// How near the masks of `cutter` come to those of `test`; none without pictures.
pub fn fit(cutter: &Cutter, test: &[Test]) -> Option<MaskFit> {
    let mut found: Vec<f64> = test.par_iter().map(|test| iou(cutter, test)).collect();
    found.sort_by(f64::total_cmp);
    Some(MaskFit {
        images: test.len() as u64,
        median_iou: *found.get(found.len() / 2)?,
        mean_iou: found.iter().sum::<f64>() / found.len() as f64,
    })
}

fn iou(cutter: &Cutter, test: &Test) -> f64 {
    let mask = cutter.mask(&to_signed(&test.picture));
    let places = mask.iter().zip(&test.inside);
    let (both, either) = places.fold((0, 0), |(both, either), (found, inside)| {
        let found = *found > 0.5;
        (
            both + usize::from(found && *inside),
            either + usize::from(found || *inside),
        )
    });
    both as f64 / either.max(1) as f64
}
