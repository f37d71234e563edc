//! The photographs that a model was trained on, beside it: `stylewalk neighbours` puts them there, and `stylewalk nearest`
//! shows those that are nearest to a picture.

mod metric;
mod nearest;
mod pack;

pub use nearest::{NearestArgs, run as nearest};

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use crate::device::DeviceArgs;
use crate::model_dir::{self, Model};
use crate::{data, files};

/// Photographs at most, spread evenly over all where there are more: more would be worse pictures than the file's size
/// allows.
const PHOTOGRAPHS: usize = 8192;

/// `stylewalk neighbours`
#[derive(Args)]
pub struct NeighboursArgs {
    /// The model's directory. It gets a file of photographs, 3 MB at most; one that is there is replaced. Whoever gets the
    /// model gets the photographs: they have to be yours to give.
    model: PathBuf,
    /// The photographs that the model was trained on: those to train on, where there are others to test on.
    photos: PathBuf,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Writes the photographs into the model's directory.
pub fn run(args: &NeighboursArgs) -> Result<()> {
    let open = args.device.open()?;
    let Model {
        mut card,
        networks,
        preprocess,
        contents,
        ..
    } = model_dir::load(&args.model, &open)?;
    let photos = data::open_splits(&args.photos, &preprocess)?.train;
    let latent = card.networks.latent;
    let packed = pack::Packed::of(photos.spread(PHOTOGRAPHS)?, latent)?;
    let codes = networks.encode(&packed.pictures)?;
    ensure!(
        codes.iter().all(|value| value.is_finite()),
        "the model's codes of these photographs are not numbers"
    );
    let count = packed.pictures.len();
    let metric = metric::of(&codes, latent, &packed.pictures)?;
    let (name, bytes) = card.set_neighbours(&packed.with(latent, codes, metric)?)?;
    let size = bytes.len();
    model_dir::save_with(&args.model, &card, contents, (name, bytes))?;
    println!(
        "{}: {count} of {} photographs in {:.1} MB",
        files::text(&args.model.join(name)),
        photos.len(),
        size as f64 / 1e6
    );
    Ok(())
}
