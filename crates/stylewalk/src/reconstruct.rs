//! `stylewalk reconstruct`: photographs through a model and back.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::cutout::Preprocess;
use clap::Args;
use images::RgbImage;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::features::FeaturesArgs;
use crate::figures::tiles;
use crate::model_dir;
use crate::networks::{self, Rebuilt};
use crate::terminal::plain;
use crate::{data, files};

/// Pixels between tiles.
const GAP: u32 = 4;
/// How much larger than the model's pictures the tiles of the picture are, and how many are side by side: of few photographs, and
/// of more.
const FEW: (u32, u32) = (4, 2);
const MANY: (u32, u32) = (2, 10);
/// The files of --tiles.
const ORIGINAL: &str = "original.png";
const RECONSTRUCTION: &str = "reconstruction.png";
/// The most that are few.
const MOST_FEW: usize = 8;

/// `stylewalk reconstruct`
#[derive(Args)]
pub struct ReconstructArgs {
    /// Photographs: JPEG, PNG, WebP, TIFF, BMP or GIF. Those that cannot be used are named and left out.
    #[arg(required = true)]
    photos: Vec<PathBuf>,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where to write a picture with originals beside reconstructions, D's percentage on each.
    #[arg(long, default_value = "reconstruction.png")]
    out: PathBuf,
    /// A folder for each photograph's original.png and reconstruction.png as the model sees them. With several
    /// photographs each gets a folder named for it in there, NAME-2 where there is a NAME already.
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
    photo: Cow<'a, str>,
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
    let (photos, squares) = usable(&args.photos, &model.preprocess)?;
    let folders = args.tiles.as_deref();
    let folders = folders.map(|folder| match args.photos.len() {
        1 => vec![folder.to_owned()],
        _ => own_folders(folder, &photos),
    });
    let rebuilt = match args.refine {
        0 => model.networks.reconstruct(&squares)?,
        steps => {
            let bigan = model.bigan(device)?;
            networks::refine(&bigan, features.as_ref(), &squares, steps, device)?
        }
    };
    for (number, (square, made)) in squares.iter().zip(&rebuilt).enumerate() {
        print(photos[number], square, made, args.json)?;
        if let Some(folders) = &folders {
            write_tiles(&folders[number], &args.photos, square, made)?;
        }
    }
    let (enlarged, columns) = if squares.len() > MOST_FEW { MANY } else { FEW };
    let grid = tiles::reconstructions(&squares, &rebuilt, enlarged, columns, GAP);
    files::write(&args.out, &images::png(&grid))?;
    if !args.json {
        println!("{}", args.out.display());
    }
    let left_out = args.photos.len() - photos.len();
    ensure!(
        left_out == 0,
        "{left_out} of {} photographs could not be used; the others are in {}",
        args.photos.len(),
        args.out.display()
    );
    Ok(())
}

/// The photographs that can be used, and as the model sees them. Names the others, unless there is nothing else.
fn usable<'a>(
    photos: &'a [PathBuf],
    preprocess: &Preprocess,
) -> Result<(Vec<&'a Path>, Vec<RgbImage>)> {
    let (mut paths, mut squares) = (Vec::new(), Vec::new());
    for path in photos {
        match data::see(path, preprocess) {
            Ok(square) => {
                paths.push(path.as_path());
                squares.push(square);
            }
            Err(error) if photos.len() == 1 => return Err(error),
            Err(error) => eprintln!("skipped: {}", plain(&format!("{error:#}"))),
        }
    }
    ensure!(
        !paths.is_empty(),
        "none of the {} photographs can be used; nothing was made",
        photos.len()
    );
    Ok((paths, squares))
}

/// A folder in `folder` for each photograph, named for it. Names that differ in capitals alone count as equal, which they
/// are on some systems.
fn own_folders(folder: &Path, photos: &[&Path]) -> Vec<PathBuf> {
    let mut taken = HashSet::new();
    let mut own = |photo: &&Path| {
        let stem = photo.file_stem().unwrap_or_default();
        let mut name = stem.to_owned();
        let mut number = 1;
        while !taken.insert(name.to_string_lossy().to_lowercase()) {
            number += 1;
            name = stem.to_owned();
            name.push(format!("-{number}"));
        }
        folder.join(name)
    };
    photos.iter().map(&mut own).collect()
}

fn print(path: &Path, square: &RgbImage, made: &Rebuilt, json: bool) -> Result<()> {
    let figures = Figures {
        photo: path.to_string_lossy(),
        psnr: images::psnr(square, &made.picture),
        ssim: images::ssim(square, &made.picture),
        score: made.probability,
        score_original: made.probability_real,
        latent: &made.code,
    };
    if json {
        println!("{}", serde_json::to_string(&figures)?);
    } else {
        let name = plain(&figures.photo);
        let (psnr, score) = (figures.psnr, 100.0 * figures.score);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_get_folders_of_their_own() {
        let photos = ["q1/a.png", "q2/a.png", "A.jpg", "a-2.png", "b.png"].map(Path::new);
        let folders = own_folders(Path::new("tiles"), &photos);
        let expected = ["a", "a-2", "A-3", "a-2-2", "b"].map(|name| Path::new("tiles").join(name));
        assert_eq!(folders, expected);
    }
}
