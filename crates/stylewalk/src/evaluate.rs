//! `stylewalk evaluate`: how a model does on photographs it has not seen.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bigan::Bigan;
use bigan::burn::tensor::Device;
use bigan::weights::Evaluation;
use clap::Args;
use images::{Fit, RgbImage};
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::features::{self, Distances, FeaturesArgs};
use crate::inference::{self, Rebuilt};
use crate::{data, model_dir};

/// `stylewalk evaluate`
#[derive(Args)]
pub struct EvaluateArgs {
    /// Folder of photographs that the model was not trained on.
    photos: PathBuf,
    /// The model's directory.
    #[arg(long, default_value = "web/weights")]
    model: PathBuf,
    /// Where the codes of the samples come from.
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
    let (card, bigan) = model_dir::load(&args.model, &device)?;
    let features = args.features.load(&device)?;
    let fit = inference::fit(card.fit);
    let figures = evaluate(
        &bigan,
        card.networks.latent,
        &args.photos,
        fit,
        args.seed,
        &device,
    )?;
    let distances = match features {
        Some(features) => {
            let photos = data::load_folder(&args.photos, bigan::SIDE as u32, fit)?.pixels;
            let latent = card.networks.latent;
            let made = inference::sample(&bigan, latent, photos.len(), args.seed, &device)?;
            let made: Vec<RgbImage> = made.into_iter().map(|made| made.picture).collect();
            Some(features::compare(
                &features, &photos, &made, args.seed, &device,
            )?)
        }
        None => None,
    };
    if args.json {
        let all = Figures {
            evaluation: figures,
            distances,
        };
        println!("{}", serde_json::to_string_pretty(&all)?);
    } else {
        print(&figures);
        if let Some(distances) = &distances {
            distances.print();
        }
    }
    Ok(())
}

/// Prints figures for a person.
pub fn print(figures: &Evaluation) {
    println!("photographs                  {:>8}", figures.images);
    println!("PSNR, mean                   {:>8.2} dB", figures.psnr);
    println!("SSIM, mean                   {:>8.3}", figures.ssim);
    println!("L2 ratio to random pairs     {:>8.3}", figures.l2_ratio);
    println!(
        "D on real pairs              {:>8.1} %",
        100.0 * figures.score_real
    );
    println!(
        "D on reconstructions         {:>8.1} %",
        100.0 * figures.score_reconstruction
    );
    println!(
        "D on samples                 {:>8.1} %",
        100.0 * figures.score_sample
    );
}

/// Measures `bigan` on the photographs in `folder`; as many samples are judged as there are photographs.
pub fn evaluate(
    bigan: &Bigan,
    latent: usize,
    folder: &Path,
    fit: Fit,
    seed: u64,
    device: &Device,
) -> Result<Evaluation> {
    let photos = data::load_folder(folder, bigan::SIDE as u32, fit)?.pixels;
    ensure!(
        photos.len() > 1,
        "{} has one photograph; comparing with others needs at least two",
        folder.display()
    );
    let rebuilt = inference::reconstruct(bigan, &photos, device)?;
    let samples = inference::sample(bigan, latent, photos.len(), seed, device)?;
    let pairs = || photos.iter().zip(&rebuilt);
    let figures = Evaluation {
        images: photos.len() as u64,
        psnr: mean(pairs().map(|(photo, made)| images::psnr(photo, &made.picture))),
        ssim: mean(pairs().map(|(photo, made)| images::ssim(photo, &made.picture))),
        l2_ratio: l2_ratio(&photos, &rebuilt),
        score_real: mean(rebuilt.iter().map(|made| f64::from(made.score_real))),
        score_reconstruction: mean(rebuilt.iter().map(|made| f64::from(made.score))),
        score_sample: mean(samples.iter().map(|made| f64::from(made.score))),
    };
    ensure!(
        figures.psnr.is_finite() && figures.score_sample.is_finite(),
        "the model's pictures are not numbers"
    );
    Ok(figures)
}

/// Mean L2 distance from a photograph to its reconstruction, over that from a photograph to another one. The others are
/// those a fixed number of places further on, for several such numbers, so that no pair depends on chance.
fn l2_ratio(photos: &[RgbImage], rebuilt: &[Rebuilt]) -> f64 {
    let own = mean(photos.iter().zip(rebuilt).map(|(a, b)| l2(a, &b.picture)));
    let shifts = 10.min(photos.len() - 1);
    let others = (1..=shifts).flat_map(|shift| {
        let places = shift * photos.len() / (shifts + 1);
        let moved = photos.iter().cycle().skip(places.max(1));
        photos.iter().zip(moved).map(|(a, b)| l2(a, b))
    });
    own / mean(others)
}

/// L2 distance of two pictures of one size, in 8-bit steps.
fn l2(a: &RgbImage, b: &RgbImage) -> f64 {
    let squares = a.as_raw().iter().zip(b.as_raw());
    let sum: f64 = squares
        .map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2))
        .sum();
    sum.sqrt()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), v| (sum + v, count + 1));
    sum / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(level: u8) -> RgbImage {
        RgbImage::from_pixel(4, 4, image::Rgb([level; 3]))
    }

    #[test]
    fn the_ratio_is_one_tenth_when_reconstructions_are_ten_times_nearer_than_other_photographs() {
        let photos = [flat(0), flat(100)];
        let rebuilt = photos.iter().map(|photo| Rebuilt {
            picture: flat(photo.as_raw()[0] + 10),
            code: vec![],
            score_real: 0.5,
            score: 0.5,
        });
        let rebuilt: Vec<_> = rebuilt.collect();
        assert!((l2_ratio(&photos, &rebuilt) - 0.1).abs() < 1e-12);
    }
}
