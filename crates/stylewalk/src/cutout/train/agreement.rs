//! A table that says how far several makers of masks agree: masks that they quarrel over teach nothing.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

/// Which masks are trusted.
#[derive(Args)]
pub struct AgreementArgs {
    /// A CSV table with the columns `file` (below PHOTOS) and `mask_agreement` (0 to 1); pairs below --least-agreement
    /// are left out.
    #[arg(long, value_name = "CSV")]
    index: Option<PathBuf>,
    /// The least agreement of the table that a mask is used with.
    #[arg(long, default_value_t = 0.8, value_name = "SHARE")]
    least_agreement: f64,
}

/// Files whose masks are not trusted, relative to the folder of photographs.
pub type Doubtful = HashSet<PathBuf>;

#[derive(Deserialize)]
struct Row {
    file: PathBuf,
    mask_agreement: f64,
}

impl AgreementArgs {
    /// Reads the table; without one nothing is in doubt.
    ///
    /// # Errors
    /// It cannot be read, or lacks a column.
    pub fn read(&self) -> Result<Doubtful> {
        match &self.index {
            Some(path) => read(path, self.least_agreement)
                .with_context(|| format!("--index {} cannot be used", path.display())),
            None => Ok(Doubtful::new()),
        }
    }
}

fn read(path: &Path, least: f64) -> Result<Doubtful> {
    let rows = csv::Reader::from_path(path)?.into_deserialize::<Row>();
    rows.filter_map(|row| match row {
        Ok(row) => (row.mask_agreement <= least).then_some(Ok(row.file)),
        Err(error) => Some(Err(error.into())),
    })
    .collect()
}
