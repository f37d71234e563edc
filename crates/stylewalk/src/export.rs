//! `stylewalk export`: publish a run as a model directory.

use std::path::PathBuf;

use anyhow::{Result, bail};
use bigan::weights::{Dataset, Training};
use bigan::{ModelCard, Precision};
use clap::Args;

use crate::device::DeviceArgs;
use crate::train::RunDir;
use crate::{evaluate, inference, model_dir};

/// `stylewalk export`
#[derive(Args)]
pub struct ExportArgs {
    /// The run's directory; its last checkpoint is published.
    run: PathBuf,
    /// The model directory to write; one that is there is replaced.
    #[arg(long)]
    out: PathBuf,
    /// How weights are stored: f32, f16 or int8.
    #[arg(long, default_value = "f16")]
    dtype: Precision,
    /// The model's name.
    #[arg(long, default_value = "stylewalk")]
    name: String,
    /// What the photographs are and where they come from, for the model's card.
    #[arg(long, default_value = "unnamed photographs")]
    dataset: String,
    /// The photographs' licence, for the model's card.
    #[arg(long, default_value = "not stated")]
    licence: String,
    /// Folder of photographs to measure the published weights on; the figures go into the card.
    #[arg(long)]
    test: Option<PathBuf>,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Publishes a run.
pub fn run(args: ExportArgs) -> Result<()> {
    let out = &args.out;
    let holds_other = out.is_dir() && out.read_dir()?.next().is_some() && !model_dir::is_model(out);
    if holds_other || out.is_file() {
        bail!(
            "{} is there and is not a model directory; name another --out",
            out.display()
        );
    }
    let dir = RunDir::open(&args.run)?;
    let config = dir.config()?;
    let device = args.device.open()?;
    let trainer = dir.trainer(&device.device)?;
    let networks = trainer.averaged();
    let packed = ModelCard::pack(
        &networks,
        args.name,
        args.dtype,
        config.fit,
        Training {
            config: *trainer.config(),
            batch: config.batch,
            steps: trainer.steps(),
            seed: config.seed,
            flips: config.flips,
            device: config.device,
        },
        Dataset {
            name: args.dataset,
            licence: args.licence,
            images: config.photographs,
        },
    );
    let (mut card, weights) = pollster::block_on(packed)?;
    if let Some(test) = &args.test {
        // Measured on the weights as they are stored, not as they were trained.
        let contents: Vec<(&str, &[u8])> =
            weights.iter().map(|(n, b)| (*n, b.as_slice())).collect();
        let bigan = card.load(&contents, &device.device)?;
        let fit = inference::fit(card.fit);
        let latent = card.networks.latent;
        let figures = evaluate::evaluate(&bigan, latent, test, fit, 0, &device.device)?;
        evaluate::print(&figures);
        card.evaluation = Some(figures);
    }
    model_dir::save(out, &card, weights)?;
    let size: u64 = card.files().iter().map(|file| file.bytes).sum();
    println!(
        "{}: {:.1} MB in {}",
        out.display(),
        size as f64 / 1e6,
        args.dtype
    );
    Ok(())
}
