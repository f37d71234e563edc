//! `stylewalk reconstruct`: photographs through a model and back.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::Args;
use images::RgbImage;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::features::FeaturesArgs;
use crate::figures::tiles;
use crate::model_dir;
use crate::networks::{self, Rebuilt};
use crate::{data, files};

/// Pixels between tiles.
const GAP: u32 = 4;
/// How much larger than the model's 64x64 the tiles of the picture are, and how many are side by side: of few photographs, and
/// of more.
const FEW: (u32, u32) = (4, 2);
const MANY: (u32, u32) = (2, 10);
/// The pictures of a photograph in the folder of --tiles.
const ORIGINAL: &str = "original.png";
const RECONSTRUCTION: &str = "reconstruction.png";
/// The most that are few.
const MOST_FEW: usize = 8;

/// `stylewalk reconstruct`
#[derive(Args)]
pub struct ReconstructArgs {
    /// Photographs: JPEG, PNG or WebP.
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where to write a picture with originals beside reconstructions, D's percentage on each.
    #[arg(long, default_value = "reconstruction.png")]
    out: PathBuf,
    /// A folder for each photograph's original.png and reconstruction.png as the model sees them, 64x64. With several
    /// photographs each gets a folder named for it in there.
    #[arg(long)]
    tiles: Option<PathBuf>,
    /// Improve each code by this many steps of gradient descent from the encoder's on; 100 do most of it.
    #[arg(long, default_value_t = 0, value_name = "STEPS")]
    refine: u32,
    /// Print codes and figures as JSON, one line a photograph.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    features: FeaturesArgs,
    #[command(flatten)]
    device: DeviceArgs,
}

/// What is printed of a photograph.
#[derive(Serialize)]
struct Figures<'a> {
    photo: &'a Path,
    psnr: f64,
    ssim: f64,
    score: f32,
    score_original: f32,
    latent: &'a [f32],
}

/// Rebuilds photographs.
pub fn run(args: ReconstructArgs) -> Result<()> {
    files::check_picture_out("--out", &args.out, "png", &args.photos)?;
    let open = args.device.open()?;
    let model = model_dir::load(&args.model, &open)?;
    let device = &open.device;
    let features = args.features.load(device)?;
    ensure!(
        features.is_none() || args.refine > 0,
        "--features is given, but without --refine nothing would use it"
    );
    let squares = args
        .photos
        .iter()
        .map(|path| data::see(path, &model.preprocess))
        .collect::<Result<Vec<RgbImage>>>()?;
    let rebuilt = match args.refine {
        0 => model.networks.reconstruct(&squares)?,
        steps => {
            let bigan = model.bigan(device)?;
            networks::refine(&bigan, features.as_ref(), &squares, steps, device)?
        }
    };
    for ((path, square), made) in args.photos.iter().zip(&squares).zip(&rebuilt) {
        print(path, square, made, args.json)?;
        if let Some(folder) = &args.tiles {
            let own = args.photos.len() > 1;
            let name = path.file_stem().unwrap_or_default();
            write_tiles(
                &if own {
                    folder.join(name)
                } else {
                    folder.clone()
                },
                &args.photos,
                square,
                made,
            )?;
        }
    }
    let (enlarged, columns) = if squares.len() > MOST_FEW { MANY } else { FEW };
    let grid = tiles::reconstructions(&squares, &rebuilt, enlarged, columns, GAP);
    files::write(&args.out, &images::png(&grid))?;
    if !args.json {
        println!("{}", args.out.display());
    }
    Ok(())
}

fn print(path: &Path, square: &RgbImage, made: &Rebuilt, json: bool) -> Result<()> {
    let figures = Figures {
        photo: path,
        psnr: images::psnr(square, &made.picture),
        ssim: images::ssim(square, &made.picture),
        score: made.probability,
        score_original: made.probability_real,
        latent: &made.code,
    };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        let (name, psnr, score) = (path.display(), figures.psnr, 100.0 * figures.score);
        println!("{name}: PSNR {psnr:.2} dB, D {score:.0} %");
    }
    Ok(())
}

fn write_tiles(folder: &Path, photos: &[PathBuf], square: &RgbImage, made: &Rebuilt) -> Result<()> {
    for name in [ORIGINAL, RECONSTRUCTION] {
        files::check_picture_out("--tiles", &folder.join(name), "png", photos)?;
    }
    std::fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    files::write(&folder.join(ORIGINAL), &images::png(square))?;
    files::write(&folder.join(RECONSTRUCTION), &images::png(&made.picture))
}
