//! `stylewalk nearest`: how new a photograph's picture is.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use images::RgbImage;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::model_dir::{self, borrowed};
use crate::{data, files};

/// How much larger than the model's the pictures are, and the pixels between them.
const ENLARGED: u32 = 2;
const GAP: u32 = 4;

/// `stylewalk nearest`
#[derive(Args)]
pub struct NearestArgs {
    /// The model's directory, with photographs that `stylewalk neighbours` has put there.
    model: PathBuf,
    /// Photographs.
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// How many of those trained on to show for each.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    count: u16,
    /// Where to write a picture with a row for each photograph: itself, its reconstruction, and those nearest to it.
    #[arg(long, default_value = "nearest.png")]
    out: PathBuf,
    /// Print the numbers of the nearest and how far their codes are, as JSON, one line a photograph.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What `--json` prints of a photograph.
#[derive(Serialize)]
struct Found {
    photo: String,
    numbers: Vec<usize>,
    distances: Vec<f32>,
}

/// Finds the nearest and draws them.
pub fn run(args: &NearestArgs) -> Result<()> {
    files::check_picture_out("--out", &args.out, "png", &args.photos)?;
    let open = args.device.open()?;
    let model = model_dir::load(&args.model, &open)?;
    let neighbours = model.card.neighbours(&borrowed(&model.contents))?;
    let neighbours = neighbours.with_context(|| {
        let model = args.model.display();
        format!("the model in {model} has no photographs beside it: put them there with `stylewalk neighbours`")
    })?;
    let seen = args
        .photos
        .iter()
        .map(|path| data::see(path, &model.preprocess));
    let seen: Vec<RgbImage> = seen.collect::<Result<_>>()?;
    let mut tiles = Vec::new();
    let rebuilt = model.networks.reconstruct(&seen)?;
    for ((photo, seen), made) in args.photos.iter().zip(seen).zip(rebuilt) {
        let near = neighbours.nearest(&made.code, usize::from(args.count));
        tiles.extend([seen, made.picture]);
        for one in &near {
            let picture = neighbours.picture(one.number);
            tiles.push(picture.with_context(|| {
                format!("photograph {} of the model cannot be decoded", one.number)
            })?);
        }
        if args.json {
            let found = Found {
                photo: files::text(photo),
                numbers: near.iter().map(|one| one.number).collect(),
                distances: near.iter().map(|one| one.distance).collect(),
            };
            println!("{}", serde_json::to_string(&found)?);
        }
    }
    let columns = 2 + u32::from(args.count).min(neighbours.len() as u32);
    let large: Vec<_> = tiles
        .iter()
        .map(|tile| images::enlarge(tile, ENLARGED))
        .collect();
    files::write(&args.out, &images::png(&images::grid(&large, columns, GAP)))?;
    if !args.json {
        println!("{}", args.out.display());
    }
    Ok(())
}
