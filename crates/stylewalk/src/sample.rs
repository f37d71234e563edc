//! `stylewalk sample`: new pictures from random codes.

mod each;

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use bigan::latent::Mixture;
use bigan::random;
use clap::{Args, ValueEnum};
use images::RgbImage;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
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
    /// Where to write the grid, D's percentage on each picture.
    #[arg(long, default_value = "samples.png")]
    out: PathBuf,
    /// Write each picture to a file of its own instead, 64x64 and as the model makes it, in this folder, with codes.jsonl: a
    /// line for each with its file, its code and D's probability. Any number of them.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    each: Option<PathBuf>,
    /// What the random codes are like: the prior's, uniform in [-1, 1], or those of the photographs trained on.
    #[arg(long, value_enum, default_value_t = Like::Prior)]
    like: Like,
    /// Seed of the random codes.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Print D's probability for each picture as JSON; with --each, where the pictures and codes are.
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

/// Random codes, one after the other.
struct Codes {
    rng: ChaCha8Rng,
    /// Those of photographs; without, the prior's.
    like: Option<Mixture>,
    latent: usize,
}

impl Codes {
    /// The next `count`. The codes are the same however many are drawn at a time, if those are even numbers.
    fn next(&mut self, count: usize) -> Vec<f32> {
        match &self.like {
            Some(photographs) => photographs.draw(&mut self.rng, count),
            None => random::uniform(&mut self.rng, count * self.latent),
        }
    }
}

/// Makes samples: a grid, or a file for each.
pub fn run(args: SampleArgs) -> Result<()> {
    let count = args.count;
    ensure!(count > 0, "--count is 0, but must be at least 1");
    ensure!(
        count <= MOST || args.each.is_some(),
        "--count is {count}, but a grid holds at most {MOST}; --each DIR writes any number, each to a file of its own"
    );
    files::check_picture_out("--out", &args.out, "png", [])?;
    if let Some(folder) = &args.each {
        each::check(folder)?;
    }
    let open = args.device.open()?;
    let model = model_dir::load(&args.model, &open)?;
    let codes = codes(&args, &model)?;
    match &args.each {
        Some(folder) => each::write(folder, count, codes, &model.networks, args.json),
        None => grid(&args, codes, &model),
    }
}

/// The codes that are asked for.
fn codes(args: &SampleArgs, model: &Model) -> Result<Codes> {
    let like = match args.like {
        Like::Prior => None,
        Like::Photographs => Some(model.codes.clone().with_context(|| {
            format!(
                "the model in {} does not know what its photographs' codes are like: export its run again, with \
                 --data where the photographs have moved, or leave --like out",
                args.model.display()
            )
        })?),
    };
    Ok(Codes {
        rng: ChaCha8Rng::seed_from_u64(args.seed),
        like,
        latent: model.card.networks.latent,
    })
}

fn grid(args: &SampleArgs, mut codes: Codes, model: &Model) -> Result<()> {
    let count = args.count;
    let made = model.networks.decode(&codes.next(count))?;
    let tiles: Vec<RgbImage> = made
        .iter()
        .map(|made| tiles::stamped(&made.picture, made.probability, ENLARGED))
        .collect();
    let columns = (count as f64).sqrt().ceil() as u32;
    files::write(&args.out, &images::png(&images::grid(&tiles, columns, GAP)))?;
    let probabilities: Vec<f32> = made.iter().map(|made| made.probability).collect();
    if args.json {
        println!(
            "{}",
            json!({ "out": files::text(&args.out), "scores": probabilities })
        );
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
