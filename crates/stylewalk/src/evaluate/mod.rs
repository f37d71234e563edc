//! `stylewalk evaluate`: measures a model on photographs it has not seen.

mod codes;
mod measure;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use bigan::card::Evaluation;
use clap::Args;
use images::RgbImage;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::features::{self, Distances, FeaturesArgs};
use crate::model_dir;

pub use measure::measure;
pub use table::print;

/// `stylewalk evaluate`
#[derive(Args)]
pub struct EvaluateArgs {
    /// Folder of photographs that the model was not trained on; where it has `train` and `test`, `test` is measured on.
    photos: PathBuf,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Seed of the samples' random codes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    features: FeaturesArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What is printed: the figures of a model's card, and those that need --features.
#[derive(Serialize)]
struct Figures {
    #[serde(flatten)]
    evaluation: Evaluation,
    /// Of samples from the prior.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    distances: Option<Distances>,
    /// Of samples like the photographs, where the model knows what those are like.
    #[serde(skip_serializing_if = "Option::is_none")]
    like_photographs: Option<Distances>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reconstructions: Option<Distances>,
}

/// Measures a model and prints the figures.
pub fn run(args: EvaluateArgs) -> Result<()> {
    let open = args.device.open()?;
    let model = model_dir::load(&args.model, &open)?;
    let device = open.device;
    let features = args.features.load(&device)?;
    let measured = measure(
        &model.networks,
        &args.photos,
        &model.preprocess,
        model.codes.as_ref(),
        args.seed,
    )?;
    let compare = |pictures: &[RgbImage]| {
        let distances = features.as_ref().map(|features| {
            features::compare(features, &measured.photos, pictures, args.seed, &device)
        });
        distances.transpose()
    };
    let like_photographs = measured.like_photographs.as_deref();
    let figures = Figures {
        evaluation: measured.evaluation,
        distances: compare(&measured.samples)?,
        like_photographs: like_photographs.map(compare).transpose()?.flatten(),
        reconstructions: compare(&measured.reconstructions)?,
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&figures)?);
        return Ok(());
    }
    print(&figures.evaluation);
    for (what, distances) in [
        ("samples", figures.distances),
        ("samples like photos", figures.like_photographs),
        ("reconstructions", figures.reconstructions),
    ] {
        if let Some(distances) = distances {
            distances.print(what);
        }
    }
    Ok(())
}
