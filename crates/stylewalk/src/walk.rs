//! `stylewalk walk`: from one photograph to another through the codes between theirs.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use bigan::latent::{Easing, Interpolation, Walk};
use clap::Args;
use images::{Animation, RgbImage};
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::model_dir::{self, Model};
use crate::{data, files};

/// Pixels between tiles of the strip.
const GAP: u32 = 2;
/// How much larger than the model's 64x64 the pictures are.
const ENLARGED: u32 = 2;
/// Time of one picture of the animation, in hundredths of a second.
const PACE: u16 = 8;

/// `stylewalk walk`
#[derive(Args)]
pub struct WalkArgs {
    /// The photograph to start from.
    from: PathBuf,
    /// The photograph to arrive at.
    to: PathBuf,
    /// Steps from one to the other; there is one more picture than steps.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=255))]
    steps: u16,
    /// How codes are interpolated: straight, on the line between two, or spherical, on the arc, which keeps their distance
    /// from zero.
    #[arg(long, default_value_t)]
    way: Interpolation,
    /// Easing: even, or gentle, which is slow at both ends.
    #[arg(long, default_value_t)]
    pace: Easing,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where to write the strip of pictures.
    #[arg(long, default_value = "walk.png")]
    out: PathBuf,
    /// Where to write an animation, there and back.
    #[arg(long)]
    gif: Option<PathBuf>,
    /// Print D's probability for each picture as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Walked {
    out: String,
    gif: Option<String>,
    way: Interpolation,
    pace: Easing,
    scores: Vec<f32>,
}

/// Walks.
pub fn run(args: WalkArgs) -> Result<()> {
    let photos = [args.from.clone(), args.to.clone()];
    files::check_picture_out("--out", &args.out, "png", &photos)?;
    if let Some(gif) = &args.gif {
        files::check_picture_out("--gif", gif, "gif", &photos)?;
    }
    let open = args.device.open()?;
    let Model {
        card,
        networks,
        preprocess,
        ..
    } = model_dir::load(&args.model, &open)?;
    let ends =
        [&args.from, &args.to].map(|path| -> Result<RgbImage> { data::see(path, &preprocess) });
    let [from, to] = ends;
    let latent = card.networks.latent;
    let codes = networks.encode(&[from?, to?])?;
    ensure!(
        codes.iter().all(|value| value.is_finite()),
        "the model's codes of these photographs are not numbers"
    );
    let walk = Walk {
        stops: &codes,
        latent,
        interpolation: args.way,
        easing: args.pace,
        closed: false,
    };
    let path = walk.codes(usize::from(args.steps));
    let made = networks.decode(&path)?;
    let tiles: Vec<RgbImage> = made
        .iter()
        .map(|made| images::enlarge(&made.picture, ENLARGED))
        .collect();
    let strip = images::grid(&tiles, tiles.len() as u32, GAP);
    files::write(&args.out, &images::png(&strip))?;
    if let Some(path) = &args.gif {
        let pictures = made.iter().map(|made| &made.picture);
        files::write(path, &animation(&pictures.collect::<Vec<_>>())?)?;
    }
    if args.json {
        let walked = Walked {
            out: files::text(&args.out),
            gif: args.gif.as_deref().map(files::text),
            way: args.way,
            pace: args.pace,
            scores: made.iter().map(|made| made.probability).collect(),
        };
        println!("{}", serde_json::to_string(&walked)?);
    } else {
        println!("{}: {} pictures", args.out.display(), tiles.len());
        if let Some(path) = &args.gif {
            println!("{}", path.display());
        }
    }
    Ok(())
}

/// An endless GIF through the pictures and back.
fn animation(pictures: &[&RgbImage]) -> Result<Vec<u8>> {
    let (width, height) = pictures
        .first()
        .map_or((0, 0), |picture| picture.dimensions());
    let mut animation = Animation::new(width, height, ENLARGED, PACE)?;
    let back = pictures.iter().rev().skip(1).take(pictures.len() - 2);
    for picture in pictures.iter().chain(back) {
        animation.push(picture)?;
    }
    Ok(animation.finish()?)
}
