use super::folder::find;
use anyhow::{Context, anyhow, bail};
use images::{Fit, Limits, RgbImage, decode, square};
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// Photographs ready for the networks, in memory: `3 * side * side` bytes each.
#[derive(Debug, Default)]
pub struct Photos {
    /// The pictures, in the order of their paths.
    pub pixels: Vec<RgbImage>,
    /// Where each came from, relative to the folder.
    pub names: Vec<PathBuf>,
    /// Files that could not be used, relative to the folder, each with a sentence that says why.
    pub refused: Vec<(PathBuf, String)>,
}

/// Reads every picture under `path`, the folders below it included, as `side` x `side` pixels.
///
/// Damaged files are skipped and listed in [`Photos::refused`]. The order is that of the sorted paths, however many
/// threads decode.
///
/// # Errors
/// `path` is no readable folder, or holds no usable picture.
pub fn load_folder(path: &Path, side: u32, fit: Fit) -> anyhow::Result<Photos> {
    let found = find(path)?;
    let read: Vec<(PathBuf, anyhow::Result<RgbImage>)> = found
        .pictures
        .into_par_iter()
        .map(|name| {
            let picture = open(&path.join(&name)).map(|picture| square(&picture, side, fit));
            (name, picture)
        })
        .collect();
    let mut photos = Photos::default();
    for (name, picture) in read {
        match picture {
            Ok(picture) => {
                photos.pixels.push(picture);
                photos.names.push(name);
            }
            Err(error) => photos.refused.push((name, error.root_cause().to_string())),
        }
    }
    if photos.pixels.is_empty() {
        bail!(nothing_usable(path, &photos.refused));
    }
    Ok(photos)
}

/// Reads and decodes one photo at its full size, upright.
///
/// # Errors
/// The file cannot be read or is no usable photo.
pub fn open(path: &Path) -> anyhow::Result<RgbImage> {
    let limits = Limits::default();
    let told = || format!("cannot use {}", path.display());
    let length = fs::metadata(path).with_context(told)?.len();
    if length > limits.max_bytes as u64 {
        // Said before reading: a film named .jpg should not fill the memory first.
        return Err(anyhow!(
            "the file has {length} bytes, more than the limit of {}; choose a smaller photo",
            limits.max_bytes
        ))
        .with_context(told);
    }
    let bytes = fs::read(path).with_context(told)?;
    decode(&bytes, &limits).with_context(told)
}

fn nothing_usable(path: &Path, refused: &[(PathBuf, String)]) -> String {
    let folder = path.display();
    match refused.first() {
        None => format!(
            "there are no photos under {folder}; name a folder with JPEG, PNG or WebP files, or make one with \
             `stylewalk data draw`"
        ),
        Some((name, reason)) => format!(
            "none of the {} pictures under {folder} can be used; the first, {}: {reason}",
            refused.len(),
            name.display()
        ),
    }
}
