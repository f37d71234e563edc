//! Grids from fixed codes and fixed photographs, so that pictures of different steps can be laid side by side.

use anyhow::Result;
use images::RgbImage;

use crate::networks::Networks;

/// Pictures from fixed codes, 8 by 8.
const SAMPLES: usize = 64;
/// Photographs rebuilt, as many as the paper shows.
pub const RECONSTRUCTIONS: usize = 10;
/// Pixels between tiles.
const GAP: u32 = 2;

/// Both grids, each with its name.
pub fn grids(
    networks: &Networks,
    photos: &[RgbImage],
    seed: u64,
) -> Result<[(&'static str, RgbImage); 2]> {
    let made = networks.sample(SAMPLES, seed)?;
    let tiles: Vec<RgbImage> = made.into_iter().map(|made| made.picture).collect();
    let samples = images::grid(&tiles, 8, GAP);
    let reconstructions = pairs(&spread(photos, RECONSTRUCTIONS), networks)?;
    Ok([("samples", samples), ("reconstructions", reconstructions)])
}

/// Originals in odd columns, reconstructions in even ones, as the paper lays them out; four columns.
fn pairs(photos: &[RgbImage], networks: &Networks) -> Result<RgbImage> {
    let rebuilt = networks.reconstruct(photos)?;
    let tiles: Vec<RgbImage> = photos
        .iter()
        .zip(rebuilt)
        .flat_map(|(photo, rebuilt)| [photo.clone(), rebuilt.picture])
        .collect();
    Ok(images::grid(&tiles, 4, GAP))
}

/// `count` pictures spread evenly over all, so that they come from different labels.
pub fn spread(photos: &[RgbImage], count: usize) -> Vec<RgbImage> {
    let count = count.min(photos.len());
    (0..count)
        .map(|index| photos[index * photos.len() / count].clone())
        .collect()
}
