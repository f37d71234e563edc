//! One photograph: read and decoded within limits, or the reason why not.

use anyhow::{Context, ensure};
use bigan::cutout::Preprocess;
use images::{Limits, RgbImage};
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::other_formats;
use crate::terminal::plain;

/// Reads and decodes one photo at its full size, upright.
///
/// # Errors
/// The file cannot be read or decoded.
pub fn open(path: &Path) -> anyhow::Result<RgbImage> {
    let failed = || format!("cannot use {}", path.display());
    let length = fs::metadata(path).with_context(failed)?.len();
    decode_within_limits(length, || read(path)).with_context(failed)
}

/// The contents of a file, as far as they may be decoded: a pipe does not say how much it holds.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let mut contents = Vec::new();
    let most = Limits::default().max_bytes as u64 + 1;
    File::open(path)?.take(most).read_to_end(&mut contents)?;
    Ok(contents)
}

/// Reads one photo as a model sees it, and says so where no garment was found in it.
///
/// # Errors
/// The file cannot be read or decoded.
pub fn see(path: &Path, preprocess: &Preprocess) -> anyhow::Result<RgbImage> {
    let seen = preprocess.see(&open(path)?);
    if let Some(Err(why)) = seen.cut {
        let name = plain(&path.to_string_lossy());
        eprintln!("{name}: {why}; the whole photo is used");
    }
    Ok(seen.picture)
}

/// Decodes `length` bytes, which are only read when there are not too many: a film named .jpg should not fill the
/// memory.
pub fn decode_within_limits(
    length: u64,
    read: impl FnOnce() -> anyhow::Result<Vec<u8>>,
) -> anyhow::Result<RgbImage> {
    let limits = Limits::default();
    ensure!(
        length <= limits.max_bytes as u64,
        "the file has {length} bytes, more than the limit of {}; choose a smaller photo",
        limits.max_bytes
    );
    other_formats::decode(&read()?, &limits)
}

/// Why a photograph cannot be used, in one sentence without its path.
pub fn reason(error: &anyhow::Error) -> String {
    error.root_cause().to_string()
}
