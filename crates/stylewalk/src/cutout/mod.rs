//! The network that cuts garments out: directories that hold one, and `stylewalk train-cutout`.

mod train;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bigan::cutout::{CutoutCard, Cutter};

pub use train::{TrainCutoutArgs, train};

use crate::files;

/// A trained network as it lies on disk: what it is, and its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The description.
    pub card: CutoutCard,
    /// The contents of the weight file.
    pub weights: Vec<u8>,
}

impl Stored {
    /// Reads the network in `folder`.
    ///
    /// # Errors
    /// Says what is missing or damaged.
    pub fn read(folder: &Path) -> Result<Self> {
        let inner = || -> Result<Self> {
            let card = CutoutCard::parse(&files::read(&folder.join(CutoutCard::NAME))?)?;
            let weights = files::read(&folder.join(&card.file().name))?;
            card.check(&weights)?;
            Ok(Self { card, weights })
        };
        inner().with_context(|| {
            let folder = folder.display();
            format!("the cut-out network in {folder} cannot be used")
        })
    }

    /// Reads the network in `folder` where there is one.
    ///
    /// # Errors
    /// There is one, but it cannot be read.
    pub fn find(folder: &Path) -> Result<Option<Self>> {
        match folder.join(CutoutCard::NAME).is_file() {
            true => Self::read(folder).map(Some),
            false => Ok(None),
        }
    }

    /// The network, ready to cut.
    ///
    /// # Errors
    /// Says which tensor does not fit.
    pub fn cutter(&self) -> Result<Cutter> {
        Ok(self.card.cutter(&self.weights)?)
    }

    /// The files of a directory that holds it.
    ///
    /// # Errors
    /// When a figure in the description is not a number.
    pub fn contents(&self) -> Result<Vec<(String, Vec<u8>)>> {
        Ok(vec![
            (self.card.file().name.clone(), self.weights.clone()),
            (
                CutoutCard::NAME.to_owned(),
                self.card.to_json()?.into_bytes(),
            ),
        ])
    }
}

/// Where a directory keeps a training that is not finished.
fn unfinished(folder: &Path) -> PathBuf {
    folder.join("checkpoint")
}

/// Whether `folder` holds such a network or a training of one, so that replacing it loses nothing else.
fn is_cutout(folder: &Path) -> bool {
    folder.join(CutoutCard::NAME).is_file() || unfinished(folder).is_dir()
}
