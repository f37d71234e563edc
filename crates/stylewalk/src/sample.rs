//! `stylewalk sample`: new pictures from random codes.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use images::RgbImage;
use serde_json::json;

use crate::device::DeviceArgs;
use crate::figures::tiles;
use crate::files;
use crate::model_dir::{self, Model};

/// Pixels between tiles.
const GAP: u32 = 2;
/// How much larger than the model's 64x64 the tiles are, so that D's percentage can be read on them.
const ENLARGED: u32 = 2;
/// More pictures than this would not fit in one that can be looked at.
const MOST: usize = 4096;

/// `stylewalk sample`
#[derive(Args)]
pub struct SampleArgs {
    /// How many pictures.
    #[arg(long, default_value_t = 64)]
    count: usize,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where to write the grid.
    #[arg(long, default_value = "samples.png")]
    out: PathBuf,
    /// What the random codes are like: the prior's, uniform in [-1, 1], or those of the photographs trained on.
    #[arg(long, value_enum, default_value_t = Like::Prior)]
    like: Like,
    /// Seed of the random codes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print D's probability for each picture as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Which codes are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Like {
    Prior,
    Photographs,
}

/// Makes a grid of samples.
pub fn run(args: SampleArgs) -> Result<()> {
    let count = args.count;
    ensure!(
        (1..=MOST).contains(&count),
        "--count is {count}, but must be between 1 and {MOST}"
    );
    files::check_picture_out("--out", &args.out, "png", [])?;
    let open = args.device.open()?;
    let Model {
        networks, codes, ..
    } = model_dir::load(&args.model, &open)?;
    let made = match args.like {
        Like::Prior => networks.sample(count, args.seed)?,
        Like::Photographs => {
            let codes = codes.with_context(|| {
                format!(
                    "the model in {} does not know what its photographs' codes are like: export its run again, with \
                     --data where the photographs have moved, or leave --like out",
                    args.model.display()
                )
            })?;
            networks.sample_like(&codes, count, args.seed)?
        }
    };
    let tiles: Vec<RgbImage> = made
        .iter()
        .map(|made| tiles::stamped(&made.picture, made.probability, ENLARGED))
        .collect();
    let columns = (count as f64).sqrt().ceil() as u32;
    files::write(&args.out, &images::png(&images::grid(&tiles, columns, GAP)))?;
    let probabilities: Vec<f32> = made.iter().map(|made| made.probability).collect();
    if args.json {
        println!("{}", json!({ "out": args.out, "scores": probabilities }));
    } else {
        let mean = probabilities.iter().sum::<f32>() / probabilities.len() as f32;
        println!(
            "{}: {count} pictures, D {:.0} % on average",
            args.out.display(),
            100.0 * mean
        );
    }
    Ok(())
}
