//! Grids from fixed codes and fixed photographs, so that pictures of different steps can be laid side by side.

use anyhow::Result;
use bigan::Bigan;
use bigan::burn::tensor::Device;
use images::RgbImage;

use super::RunDir;
use crate::files;
use crate::inference;

/// Pictures from fixed codes, 8 by 8.
const SAMPLES: usize = 64;
/// Photographs rebuilt, as many as the paper shows.
pub const RECONSTRUCTIONS: usize = 10;
/// Pixels between tiles.
const GAP: u32 = 2;

/// Writes both grids of `step`.
pub fn write(
    dir: &RunDir,
    step: u64,
    bigan: &Bigan,
    latent: usize,
    photos: &[RgbImage],
    seed: u64,
    device: &Device,
) -> Result<()> {
    let made = inference::sample(bigan, latent, SAMPLES, seed, device)?;
    let tiles: Vec<RgbImage> = made.into_iter().map(|made| made.picture).collect();
    let grid = images::grid(&tiles, 8, GAP);
    files::write(&dir.sample(step, "samples"), &images::png(&grid))?;

    let chosen = spread(photos, RECONSTRUCTIONS);
    let grid = pairs(&chosen, bigan, device)?;
    files::write(&dir.sample(step, "reconstructions"), &images::png(&grid))
}

/// Originals in odd columns, reconstructions in even ones, as the paper lays them out; four columns.
pub fn pairs(photos: &[RgbImage], bigan: &Bigan, device: &Device) -> Result<RgbImage> {
    let rebuilt = inference::reconstruct(bigan, photos, device)?;
    let tiles: Vec<RgbImage> = photos
        .iter()
        .zip(rebuilt)
        .flat_map(|(photo, rebuilt)| [photo.clone(), rebuilt.picture])
        .collect();
    Ok(images::grid(&tiles, 4, GAP))
}

/// `count` pictures spread evenly over all, so that they come from different labels.
fn spread(photos: &[RgbImage], count: usize) -> Vec<RgbImage> {
    let count = count.min(photos.len());
    (0..count)
        .map(|index| photos[index * photos.len() / count].clone())
        .collect()
}
