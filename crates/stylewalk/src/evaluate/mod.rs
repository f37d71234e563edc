//! `stylewalk evaluate`: how a model does on photographs it has not seen.

mod table;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bigan::Bigan;
use bigan::burn::tensor::Device;
use bigan::card::Evaluation;
use clap::Args;
use images::{Fit, RgbImage};
use rayon::prelude::*;
use serde::Serialize;

use crate::device::DeviceArgs;
use crate::features::{self, Distances, FeaturesArgs};
use crate::inference::{self, Made, Rebuilt};
use crate::{data, model_dir};

pub use table::print;

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
    let figures = evaluate(
        &bigan,
        card.networks.latent,
        &args.photos,
        card.fit,
        args.seed,
        &device,
    )?;
    let distances = match features {
        Some(features) => {
            let photos = data::load_folder(&args.photos, bigan::SIDE as u32, card.fit)?.pixels;
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
    let apart = images::mean_distance(&photos);
    ensure!(
        apart > 0.0,
        "{} has no two different photographs; figures that compare need them",
        folder.display()
    );
    let rebuilt = inference::reconstruct(bigan, &photos, device)?;
    let samples = inference::sample(bigan, latent, photos.len(), seed, device)?;
    let again = inference::encode(bigan, samples.iter().map(|made| &made.picture), device)?;
    let figures = figures(&photos, apart, &rebuilt, &samples, &again);
    ensure!(
        figures.psnr.is_finite() && figures.score_sample.is_finite(),
        "the model's pictures are not numbers"
    );
    Ok(figures)
}

/// The figures; `apart` is the mean L2 distance between photographs, `again` holds E(G(z)) of the samples.
fn figures(
    photos: &[RgbImage],
    apart: f64,
    rebuilt: &[Rebuilt],
    samples: &[Made],
    again: &[f32],
) -> Evaluation {
    let each = |compare: fn(&RgbImage, &RgbImage) -> f64| {
        let pairs = photos.par_iter().zip(rebuilt);
        let values: Vec<f64> = pairs.map(|(x, made)| compare(x, &made.picture)).collect();
        mean(values.into_iter())
    };
    let made: Vec<RgbImage> = samples.iter().map(|made| made.picture.clone()).collect();
    let sharp = mean(photos.iter().map(images::gradient_energy));
    let sharpness = |energy: f64| (sharp > 0.0).then_some(energy / sharp);
    Evaluation {
        images: photos.len() as u64,
        psnr: each(images::psnr),
        ssim: each(images::ssim),
        ms_ssim: Some(each(images::ms_ssim)),
        l2_ratio: each(images::distance) / apart,
        latent_l2_ratio: Some(latent_l2_ratio(samples, again)),
        diversity: Some(images::mean_distance(&made) / apart),
        sharpness_reconstruction: sharpness(mean(
            rebuilt
                .iter()
                .map(|made| images::gradient_energy(&made.picture)),
        )),
        sharpness_sample: sharpness(mean(made.iter().map(images::gradient_energy))),
        score_real: mean(rebuilt.iter().map(|made| f64::from(made.score_real))),
        score_reconstruction: mean(rebuilt.iter().map(|made| f64::from(made.score))),
        score_sample: mean(samples.iter().map(|made| f64::from(made.score))),
    }
}

/// Mean L2 distance from z to E(G(z)), over that from z to the next sample's z: codes are drawn independently, so that
/// neighbours are random pairs.
fn latent_l2_ratio(samples: &[Made], again: &[f32]) -> f64 {
    let codes = || samples.iter().map(|made| made.code.as_slice());
    let latent = again.len() / samples.len();
    let own = mean(codes().zip(again.chunks(latent)).map(|(z, e)| l2(z, e)));
    let others = codes().zip(codes().cycle().skip(1));
    own / mean(others.map(|(z, other)| l2(z, other)))
}

/// L2 distance of two codes.
fn l2(a: &[f32], b: &[f32]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| f64::from(a - b).powi(2));
    squares.sum::<f64>().sqrt()
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0u64), |(sum, count), v| (sum + v, count + 1));
    sum / count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Level on the left, half of it on the right: a picture with one edge.
    fn edge(level: u8) -> RgbImage {
        RgbImage::from_fn(64, 64, |x, _| {
            image::Rgb([if x < 32 { level } else { level / 2 }; 3])
        })
    }

    fn rebuilt(level: u8) -> Rebuilt {
        Rebuilt {
            picture: edge(level),
            code: vec![],
            score_real: 0.75,
            score: 0.5,
        }
    }

    fn made(level: u8, code: [f32; 2]) -> Made {
        Made {
            picture: edge(level),
            code: code.to_vec(),
            score: 0.25,
        }
    }

    #[test]
    fn ratios_are_those_of_distances_and_energies() {
        let photos = [edge(0), edge(200)];
        let apart = images::mean_distance(&photos);
        let rebuilt = [rebuilt(20), rebuilt(180)];
        let samples = [made(100, [0.0, 0.0]), made(200, [3.0, 4.0])];
        let found = figures(&photos, apart, &rebuilt, &samples, &[0.0, 0.5, 3.0, 4.0]);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        close(found.l2_ratio, 0.1);
        close(found.diversity.unwrap(), 0.5);
        // Half a step and none, over a distance of five.
        close(found.latent_l2_ratio.unwrap(), 0.05);
        // Edges of 0 and 100 in photographs, 10 and 90 in reconstructions, 50 and 100 in samples, squared.
        close(found.sharpness_reconstruction.unwrap(), 0.82);
        close(found.sharpness_sample.unwrap(), 1.25);
        assert_eq!(
            (
                found.score_real,
                found.score_reconstruction,
                found.score_sample
            ),
            (0.75, 0.5, 0.25)
        );
        assert!(found.ms_ssim.unwrap() > 0.0 && found.ms_ssim.unwrap() < 1.0);
    }

    #[test]
    fn flat_photographs_have_no_sharpness_to_compare_with() {
        let flat = |level| RgbImage::from_pixel(64, 64, image::Rgb([level; 3]));
        let samples = [made(1, [0.0, 0.0]), made(2, [1.0, 1.0])];
        let found = figures(
            &[flat(0), flat(9)],
            9.0,
            &[rebuilt(1), rebuilt(2)],
            &samples,
            &[0.0; 4],
        );
        assert_eq!(found.sharpness_sample, None);
    }
}
