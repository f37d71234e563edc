//! What photographs' codes are like: the distribution that `sample --like photographs` and the page draw from.

mod fit;

use std::path::PathBuf;

use anyhow::{Context, Result};
use bigan::latent::{Gaussian, Mixture};
use clap::Args;

use crate::data::{self, Store};
use crate::device::DeviceArgs;
use crate::files;
use crate::model_dir::{self, Model};
use crate::networks::Networks;

/// Photographs that the codes' distribution is taken of, spread evenly over all where there are more.
const PHOTOGRAPHS: usize = 8192;

/// `stylewalk codes`
#[derive(Args)]
pub struct CodesArgs {
    /// The model's directory. It gets the distribution of the photographs' codes; one that is there is replaced, and what the
    /// model's description says of samples like the photographs is taken out of it: `export --test` measures it again.
    model: PathBuf,
    /// The photographs that the model was trained on: those to train on, where there are others to test on.
    photos: PathBuf,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Writes the distribution into the model's directory.
pub fn run(args: &CodesArgs) -> Result<()> {
    let open = args.device.open()?;
    let Model {
        mut card,
        networks,
        preprocess,
        contents,
        ..
    } = model_dir::load(&args.model, &open)?;
    let photos = data::open_splits(&args.photos, &preprocess)?.train;
    let codes = of_photographs(&networks, card.networks.latent, &photos)?;
    let (name, bytes) = card.set_codes(&codes)?;
    if let Some(figures) = &mut card.evaluation {
        // Of samples like the photographs as they were before.
        figures.diversity_like_photographs = None;
        figures.sharpness_like_photographs = None;
    }
    model_dir::save_with(&args.model, &card, contents, (name, bytes))?;
    let found = match codes.parts() {
        1 => "a Gaussian".to_owned(),
        parts => format!("a mixture of {parts} Gaussians"),
    };
    let (file, count) = (args.model.join(name), photos.len());
    println!(
        "{}: {found} of the codes of {count} photographs",
        files::text(&file)
    );
    Ok(())
}

/// The distribution of E of the photographs.
pub fn of_photographs(networks: &Networks, latent: usize, photos: &Store) -> Result<Mixture> {
    let codes = networks.encode(&photos.spread(PHOTOGRAPHS)?)?;
    let all = Gaussian::of(&codes, latent).context(
        "the codes of the photographs have no distribution: there are fewer than two, or they are not numbers",
    )?;
    Ok(fit::best(&codes, latent).unwrap_or(all.into()))
}
