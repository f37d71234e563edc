//! `stylewalk evaluate`: measures a model on photographs it has not seen.

mod measure;
mod table;

use std::path::PathBuf;

use anyhow::Result;
use bigan::card::Evaluation;
use clap::Args;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::features::{self, Distances, FeaturesArgs};
use crate::model_dir;

pub use measure::measure;
pub use table::print;

/// `stylewalk evaluate`
#[derive(Args)]
pub struct EvaluateArgs {
    /// Folder of photographs that the model was not trained on.
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
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    distances: Option<Distances>,
}

/// Measures a model and prints the figures.
pub fn run(args: EvaluateArgs) -> Result<()> {
    let device = args.device.open()?.device;
    let model = model_dir::load(&args.model, &device)?;
    let features = args.features.load(&device)?;
    let (bigan, latent) = (&model.bigan, model.card.networks.latent);
    let measured = measure(
        bigan,
        latent,
        &args.photos,
        &model.preprocess,
        args.seed,
        &device,
    )?;
    let distances = features
        .map(|features| {
            let (photos, samples) = (&measured.photos, &measured.samples);
            features::compare(&features, photos, samples, args.seed, &device)
        })
        .transpose()?;
    let evaluation = measured.evaluation;
    if args.json {
        let all = Figures {
            evaluation,
            distances,
        };
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&evaluation);
        if let Some(distances) = &distances {
            distances.print();
        }
    }
    Ok(())
}
