//! `stylewalk figures`: the paper's figures, from a run.

mod chart;
mod curves;
mod lettering;
pub mod tiles;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use images::RgbImage;
use rand::seq::IteratorRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde_json::json;

use crate::device::DeviceArgs;
use crate::networks::{Made, Networks, Rebuilt};
use crate::train::{Choice, RunDir};
use crate::{data, files};

/// Test photographs rebuilt, as many as the paper shows.
const RECONSTRUCTIONS: usize = 10;
/// Samples in a row, and rows of them.
const SAMPLES: u32 = 8;
/// Pixels between tiles.
const GAP: u32 = 4;

/// `stylewalk figures`
#[derive(Args)]
pub struct FiguresArgs {
    /// The run's directory; pictures are made by the networks of its last checkpoint as they would be published: averages
    /// where the run keeps them.
    run: PathBuf,
    /// Folder for samples.png, reconstructions.png, losses.png and losses.svg [default: RUN/figures]
    #[arg(long)]
    out: Option<PathBuf>,
    /// The checkpoint that makes the pictures, by its step or its folder, instead of the last one.
    #[arg(long, value_name = "STEP_OR_DIR")]
    checkpoint: Option<Choice>,
    /// Folder of photographs to rebuild; where it has `train` and `test`, those of `test` [default: the run's own]
    #[arg(long)]
    photos: Option<PathBuf>,
    /// Seed that picks the photographs and draws the codes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How much larger than the model's pictures the tiles are.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=8))]
    enlarge: u32,
    /// Print where the figures are, and what is written on them, as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Draws a run's figures.
pub fn run(args: FiguresArgs) -> Result<()> {
    let dir = RunDir::open(&args.run)?;
    let config = dir.config()?;
    let curves = curves::read(&dir.stats_path())?;
    let device = args.device.open()?.device;
    let trainer = dir.trainer(args.checkpoint.as_ref(), &device)?;
    let sizes = &trainer.config().networks;
    let networks = Networks::training(&trainer.averaged(), sizes, &device);

    let folder = args.photos.unwrap_or_else(|| config.data.clone());
    let preprocess = dir.preprocess(&config, &folder)?;
    let photos = data::load_test(&folder, &preprocess)?;
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let mut chosen = (0..photos.pixels.len()).sample(&mut rng, RECONSTRUCTIONS);
    chosen.sort_unstable();
    let originals: Vec<RgbImage> = chosen.iter().map(|i| photos.pixels[*i].clone()).collect();
    let rebuilt = networks.reconstruct(&originals)?;
    let made = networks.sample(SAMPLES.pow(2) as usize, args.seed)?;

    let out = args.out.unwrap_or_else(|| dir.path().join("figures"));
    ensure!(
        !files::is_same(&out, &folder),
        "--out is {}, the folder of the photographs; name another",
        out.display()
    );
    std::fs::create_dir_all(&out).with_context(|| format!("could not make {}", out.display()))?;
    let grids = [
        ("samples.png", samples(&made, args.enlarge)),
        (
            "reconstructions.png",
            tiles::reconstructions(&originals, &rebuilt, args.enlarge, 4, GAP),
        ),
    ];
    for (name, grid) in &grids {
        files::write(&out.join(name), &images::png(grid))?;
    }
    write_curves(&out, &curves)?;
    if args.json {
        let named = chosen.iter().map(|index| &photos.names[*index]);
        println!(
            "{}",
            described(&out, trainer.steps(), named, &rebuilt, &made)
        );
    } else {
        println!("{}: figures of step {}", out.display(), trainer.steps());
    }
    Ok(())
}

fn samples(made: &[Made], enlarge: u32) -> RgbImage {
    let tiles: Vec<RgbImage> = made
        .iter()
        .map(|made| tiles::stamped(&made.picture, made.probability, enlarge))
        .collect();
    images::grid(&tiles, SAMPLES, GAP)
}

fn write_curves(out: &Path, curves: &[curves::Curve]) -> Result<()> {
    ensure!(!curves.is_empty(), "stats.jsonl holds no losses to draw");
    files::write(
        &out.join("losses.png"),
        &images::png(&chart::picture(curves)?),
    )?;
    files::write(&out.join("losses.svg"), chart::svg(curves)?.as_bytes())
}

/// The figures as JSON.
fn described<'a>(
    out: &Path,
    step: u64,
    names: impl Iterator<Item = &'a PathBuf>,
    rebuilt: &[Rebuilt],
    made: &[Made],
) -> serde_json::Value {
    let reconstructions: Vec<_> = names
        .zip(rebuilt)
        .map(|(photo, made)| {
            json!({ "photo": files::text(photo), "score_original": made.probability_real, "score": made.probability })
        })
        .collect();
    let probabilities: Vec<f32> = made.iter().map(|made| made.probability).collect();
    json!({
        "out": files::text(out),
        "step": step,
        "files": ["samples.png", "reconstructions.png", "losses.png", "losses.svg"],
        "reconstructions": reconstructions,
        "samples": probabilities,
    })
}
