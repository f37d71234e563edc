//! The figures of a model's card: each photograph against its reconstruction, and samples as a set.

use std::path::Path;

use anyhow::{Result, ensure};
use bigan::card::Evaluation;
use bigan::cutout::Preprocess;
use bigan::latent::Mixture;
use images::RgbImage;
use rayon::prelude::*;

use super::codes;
use crate::data;
use crate::networks::{Made, Networks, Rebuilt};

/// Photographs rebuilt before they are compared.
const CHUNK: usize = 256;

/// A model's figures, and the pictures that they were taken of: up to 48 KiB for each photograph.
pub struct Measured {
    /// The figures.
    pub evaluation: Evaluation,
    /// The photographs, square as the model takes them.
    pub photos: Vec<RgbImage>,
    /// G(E(x)) of each.
    pub reconstructions: Vec<RgbImage>,
    /// As many samples G(z).
    pub samples: Vec<RgbImage>,
    /// As many samples from codes like the photographs', where the model knows what those are like.
    pub like_photographs: Option<Vec<RgbImage>>,
}

/// Measures `networks` on the photographs in `folder`, of divided ones those to test on, each of which is read once, and on as many samples from codes that
/// `seed` draws, of the prior and `like` photographs' where that is known.
///
/// # Errors
/// `folder` has fewer than two different photographs, the device fails, or the model's pictures are not numbers.
pub fn measure(
    networks: &Networks,
    folder: &Path,
    preprocess: &Preprocess,
    like: Option<&Mixture>,
    seed: u64,
) -> Result<Measured> {
    let photos = data::load_test(folder, preprocess)?.pixels;
    let apart = images::mean_distance(&photos);
    ensure!(
        apart > 0.0,
        "{} has no two different photographs, and the figures need two",
        folder.display()
    );
    let Rebuilds {
        pairs,
        codes,
        reconstructions,
    } = rebuild(networks, &photos)?;
    let made = networks.sample(photos.len(), seed)?;
    let encoded = networks.encode(made.iter().map(|made| &made.picture))?;
    let samples = Samples::new(made, encoded);
    let mut evaluation = figures(&pairs, &samples, apart);
    ensure!(
        evaluation.psnr.is_finite() && evaluation.score_sample.is_finite(),
        "the model's pictures are not numbers"
    );
    codes::measure(&codes, &mut evaluation)?;
    let like = like.map(|like| networks.sample_like(like, photos.len(), seed));
    let like_photographs = like.transpose()?.map(pictures);
    if let Some(samples) = &like_photographs {
        evaluation.diversity_like_photographs = Some(images::mean_distance(samples) / apart);
        let photo_energy = energy(&photos);
        evaluation.sharpness_like_photographs =
            (photo_energy > 0.0).then_some(energy(samples) / photo_energy);
    }
    Ok(Measured {
        evaluation,
        photos,
        reconstructions,
        samples: samples.pictures,
        like_photographs,
    })
}

/// A photograph x against its reconstruction G(E(x)).
struct Pair {
    psnr: f64,
    ssim: f64,
    ms_ssim: f64,
    l2: f64,
    photo_energy: f64,
    energy: f64,
    /// D's probabilities that (x, E(x)) and (G(E(x)), E(x)) are real.
    probability_real: f64,
    probability: f64,
}

impl Pair {
    fn new(photo: &RgbImage, made: &Rebuilt) -> Self {
        Self {
            psnr: images::psnr(photo, &made.picture),
            ssim: images::ssim(photo, &made.picture),
            ms_ssim: images::ms_ssim(photo, &made.picture),
            l2: images::distance(photo, &made.picture),
            photo_energy: images::gradient_energy(photo),
            energy: images::gradient_energy(&made.picture),
            probability_real: made.probability_real.into(),
            probability: made.probability.into(),
        }
    }
}

/// What became of photographs.
#[derive(Default)]
struct Rebuilds {
    pairs: Vec<Pair>,
    codes: Vec<Vec<f32>>,
    reconstructions: Vec<RgbImage>,
}

/// Rebuilds all photographs.
fn rebuild(networks: &Networks, photos: &[RgbImage]) -> Result<Rebuilds> {
    let mut all = Rebuilds::default();
    for photos in photos.chunks(CHUNK) {
        let rebuilt = networks.reconstruct(photos)?;
        let both = photos.par_iter().zip(&rebuilt);
        let pairs = both.map(|(photo, made)| Pair::new(photo, made));
        all.pairs.par_extend(pairs);
        for made in rebuilt {
            all.codes.push(made.code);
            all.reconstructions.push(made.picture);
        }
    }
    Ok(all)
}

fn pictures(made: Vec<Made>) -> Vec<RgbImage> {
    made.into_iter().map(|made| made.picture).collect()
}

/// Mean gradient energy.
fn energy(pictures: &[RgbImage]) -> f64 {
    mean(pictures.iter().map(images::gradient_energy))
}

/// Samples G(z).
struct Samples {
    pictures: Vec<RgbImage>,
    /// z of each.
    codes: Vec<Vec<f32>>,
    /// D's probability that (G(z), z) is real, of each.
    probabilities: Vec<f32>,
    /// E(G(z)), one after the other.
    encoded: Vec<f32>,
}

impl Samples {
    fn new(made: Vec<Made>, encoded: Vec<f32>) -> Self {
        Self {
            codes: made.iter().map(|made| made.code.clone()).collect(),
            probabilities: made.iter().map(|made| made.probability).collect(),
            pictures: pictures(made),
            encoded,
        }
    }

    /// Mean L2 distance from z to E(G(z)), over that from z to the next sample's z: codes are drawn independently, so
    /// that neighbours are random pairs.
    fn latent_l2_ratio(&self) -> f64 {
        let codes = || self.codes.iter();
        let latent = self.encoded.len() / self.codes.len();
        let own = codes().zip(self.encoded.chunks(latent));
        let others = codes().zip(codes().cycle().skip(1));
        mean(own.map(|(z, e)| l2(z, e))) / mean(others.map(|(z, other)| l2(z, other)))
    }
}

/// The figures; `apart` is the mean L2 distance between photographs.
fn figures(pairs: &[Pair], samples: &Samples, apart: f64) -> Evaluation {
    let each = |figure: fn(&Pair) -> f64| mean(pairs.iter().map(figure));
    let photo_energy = each(|pair| pair.photo_energy);
    let sharpness = |energy: f64| (photo_energy > 0.0).then_some(energy / photo_energy);
    let sample_energy = energy(&samples.pictures);
    Evaluation {
        images: pairs.len() as u64,
        psnr: each(|pair| pair.psnr),
        ssim: each(|pair| pair.ssim),
        ms_ssim: Some(each(|pair| pair.ms_ssim)),
        l2_ratio: each(|pair| pair.l2) / apart,
        latent_l2_ratio: Some(samples.latent_l2_ratio()),
        diversity: Some(images::mean_distance(&samples.pictures) / apart),
        sharpness_reconstruction: sharpness(each(|pair| pair.energy)),
        sharpness_sample: sharpness(sample_energy),
        codes_outside_prior: None,
        codes_variance_largest: None,
        codes_variance_smallest: None,
        codes_effective_rank: None,
        diversity_like_photographs: None,
        sharpness_like_photographs: None,
        score_real: each(|pair| pair.probability_real),
        score_reconstruction: each(|pair| pair.probability),
        score_sample: mean(samples.probabilities.iter().map(|p| f64::from(*p))),
    }
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

    /// A photograph whose reconstruction has another level.
    fn pair(photo: &RgbImage, level: u8) -> Pair {
        let made = Rebuilt {
            picture: edge(level),
            code: vec![],
            probability_real: 0.75,
            probability: 0.5,
        };
        Pair::new(photo, &made)
    }

    fn made(level: u8, code: [f32; 2]) -> Made {
        Made {
            picture: edge(level),
            code: code.to_vec(),
            probability: 0.25,
        }
    }

    #[test]
    fn ratios_are_those_of_distances_and_energies() {
        let photos = [edge(0), edge(200)];
        let apart = images::mean_distance(&photos);
        let pairs = [pair(&photos[0], 20), pair(&photos[1], 180)];
        let made = vec![made(100, [0.0, 0.0]), made(200, [3.0, 4.0])];
        let samples = Samples::new(made, vec![0.0, 0.5, 3.0, 4.0]);
        let found = figures(&pairs, &samples, apart);
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        close(found.l2_ratio, 0.1);
        close(found.diversity.unwrap(), 0.5);
        // Half a step and none, over a distance of five.
        close(found.latent_l2_ratio.unwrap(), 0.05);
        // Edges of 0 and 100 in photographs, 10 and 90 in reconstructions, 50 and 100 in samples, squared.
        close(found.sharpness_reconstruction.unwrap(), 0.82);
        close(found.sharpness_sample.unwrap(), 1.25);
        let probabilities = (
            found.score_real,
            found.score_reconstruction,
            found.score_sample,
        );
        assert_eq!(probabilities, (0.75, 0.5, 0.25));
        assert!(found.ms_ssim.unwrap() > 0.0 && found.ms_ssim.unwrap() < 1.0);
    }

    #[test]
    fn flat_photographs_have_no_sharpness_to_compare_with() {
        let flat = |level| RgbImage::from_pixel(64, 64, image::Rgb([level; 3]));
        let pairs = [pair(&flat(0), 1), pair(&flat(9), 2)];
        let made = vec![made(1, [0.0, 0.0]), made(2, [1.0, 1.0])];
        let found = figures(&pairs, &Samples::new(made, vec![0.0; 4]), 9.0);
        assert_eq!(found.sharpness_sample, None);
    }
}
