//! In a build without the feature `detector`: the same interface, and a sentence instead of a detector.

use anyhow::{Result, bail};
use clap::Args;
use images::{Region, RgbImage};
use std::path::PathBuf;

/// The flags.
#[derive(Args, Debug)]
pub struct DetectorArgs {
    /// Detector for --crop person; this build has none
    #[arg(long, value_name = "MODEL.onnx", hide = true)]
    detector: Option<PathBuf>,
}

/// Never made.
#[derive(Debug)]
pub struct Detector {
    /// The file's name.
    pub name: String,
    /// Its hash.
    pub sha256: String,
    /// The score from which a box counts.
    pub score: f32,
}

impl DetectorArgs {
    /// Whether a detector is named.
    pub fn is_named(&self) -> bool {
        self.detector.is_some()
    }

    /// Fails.
    ///
    /// # Errors
    /// Always.
    pub fn open(&self) -> Result<Detector> {
        bail!("this build of stylewalk cannot run detectors; build it with the feature `detector`")
    }
}

impl Detector {
    /// No person.
    ///
    /// # Errors
    /// Never.
    pub fn person(&self, _: &RgbImage) -> Result<Option<Region>> {
        Ok(None)
    }
}
