//! The network that cuts garments out: directories that hold one, and `stylewalk train-cutout`.

mod train;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::ModelCard;
use bigan::cutout::{CutoutCard, Cutter, Preprocess};
use clap::Args;
use images::Fit;

pub use train::{TrainCutoutArgs, train};

use crate::{data, files, model_dir, unfinished};

/// A trained network as it lies on disk: what it is, and its weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The description.
    pub card: CutoutCard,
    /// The contents of the weight file.
    pub weights: Vec<u8>,
}

impl Stored {
    /// Reads the network in `folder`, a directory of its own or of a model that has one.
    ///
    /// # Errors
    /// Says what is missing or damaged.
    pub fn read(folder: &Path) -> Result<Self> {
        let inner = || -> Result<Self> {
            let card = match !Self::is_in(folder) && model_dir::is_model(folder) {
                true => ModelCard::parse(&files::read_in(folder, model_dir::CARD)?)?
                    .cutout
                    .context("the model takes whole photographs")?,
                false => CutoutCard::parse(&files::read_in(folder, CutoutCard::NAME)?)?,
            };
            let weights = files::read_in(folder, &card.file().name)?;
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
        match Self::is_in(folder) {
            true => Self::read(folder).map(Some),
            false => Ok(None),
        }
    }

    /// Whether `folder` is a directory of such a network.
    fn is_in(folder: &Path) -> bool {
        files::exists_in(folder, CutoutCard::NAME)
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

/// How photographs become what a network sees, `side` x `side` pixels: whole, or without background where there is a network that cuts it off.
///
/// # Errors
/// Says which tensor of that network does not fit.
pub fn preprocess(fit: Fit, side: usize, cutout: Option<&Stored>) -> Result<Preprocess> {
    let cutter = cutout.map(Stored::cutter).transpose()?;
    Ok(Preprocess {
        side,
        fit,
        cutter: cutter.map(Into::into),
    })
}

/// Which network cuts garments out of the photographs of a command.
#[derive(Args, Clone, Debug)]
pub struct CutoutArgs {
    /// Lay the garment of each photograph on white, as this network finds it: a directory from `stylewalk
    /// train-cutout`, or a model's that has one. A folder that was prepared with --crop garment has its own.
    #[arg(long, value_name = "DIR")]
    cutout: Option<PathBuf>,
}

impl CutoutArgs {
    /// The network that is named, or that lies in the prepared folder `data`.
    ///
    /// # Errors
    /// It cannot be read, or the two differ.
    pub fn open(&self, data: &Path) -> Result<Option<Stored>> {
        let named = self.cutout.as_deref().map(Stored::read).transpose()?;
        let prepared = data::prepared_cutout(data)?;
        if let (Some(named), Some(prepared)) = (&named, &prepared) {
            ensure!(
                named.card.file().sha256 == prepared.card.file().sha256,
                "{} was prepared by another network than --cutout names; leave --cutout out",
                data.display()
            );
        }
        Ok(prepared.or(named))
    }
}

/// Whether `folder` holds such a network or a training of one, so that replacing it loses nothing else.
fn is_cutout(folder: &Path) -> bool {
    Stored::is_in(folder) || unfinished::is_in(folder)
}
