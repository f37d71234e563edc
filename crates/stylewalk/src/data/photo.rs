//! One photograph: read and decoded within limits, or the reason why not.

use anyhow::{Context, ensure};
use bigan::cutout::Preprocess;
use images::{Limits, RgbImage, decode};
use std::fs;
use std::path::Path;

/// Reads and decodes one photo at its full size, upright.
///
/// # Errors
/// The file cannot be read or decoded.
pub fn open(path: &Path) -> anyhow::Result<RgbImage> {
    let failed = || format!("cannot use {}", path.display());
    let length = fs::metadata(path).with_context(failed)?.len();
    decode_within_limits(length, || Ok(fs::read(path)?)).with_context(failed)
}

/// Reads one photo as a model sees it, and says so where no garment was found in it.
///
/// # Errors
/// The file cannot be read or decoded.
pub fn see(path: &Path, preprocess: &Preprocess) -> anyhow::Result<RgbImage> {
    let seen = preprocess.see(&open(path)?);
    if let Some(Err(why)) = seen.cut {
        eprintln!("{}: {why}; the whole photo is used", path.display());
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
    Ok(decode(&read()?, &limits)?)
}

/// Why a photograph cannot be used, in one sentence without its path.
pub fn reason(error: &anyhow::Error) -> String {
    error.root_cause().to_string()
}
