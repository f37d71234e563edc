//! FID and KID: how far a model's pictures are from photographs, as distributions of H's features.

use anyhow::{Context, Result, ensure};
use bigan::Features;
use bigan::burn::tensor::Device;
use bigan::pictures::pack;
use images::RgbImage;
use serde::{Deserialize, Serialize};

use super::frechet::frechet;
use super::kernel_distance::kernel_distance;

/// Pictures through H at a time.
const BATCH: usize = 32;
/// Subsets that KID's mean and deviation are taken over, and the most pictures of each side in one.
const SUBSETS: usize = 100;
const SUBSET: usize = 1000;

/// FID and KID, and what they were measured on. Only figures of one H and about as many pictures compare: FID grows as
/// pictures get fewer, KID does not.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Distances {
    /// The Frechet distance of the two sets' features.
    pub fid: f64,
    /// The kernel distance, its mean over subsets.
    pub kid_mean: f64,
    /// Its standard deviation over subsets.
    pub kid_std: f64,
    /// Pictures of each side in one of KID's subsets.
    pub kid_subset: u64,
    /// Real pictures.
    pub feature_images_real: u64,
    /// Pictures the model made.
    pub feature_images_generated: u64,
    /// Features of each picture.
    pub feature_count: u64,
}

impl Distances {
    /// Prints the figures of the pictures `what` for a person.
    pub fn print(&self, what: &str) {
        let pictures = format!(
            "{} photographs, {} pictures, {} features",
            self.feature_images_real, self.feature_images_generated, self.feature_count
        );
        println!(
            "{:<29}{:>8.3}    {pictures}",
            format!("FID of {what}"),
            self.fid
        );
        println!(
            "{:<29}{:>8.4} +- {:.4}, subsets of {}",
            format!("KID of {what}"),
            self.kid_mean,
            self.kid_std,
            self.kid_subset
        );
    }
}

/// Compares `real` with `generated` pictures by H's activations. `seed` draws KID's subsets.
pub fn compare(
    features: &Features,
    real: &[RgbImage],
    generated: &[RgbImage],
    seed: u64,
    device: &Device,
) -> Result<Distances> {
    let fewer = real.len().min(generated.len());
    ensure!(
        fewer > 1,
        "FID and KID need at least two pictures on each side"
    );
    let real = activations(features, real, device)?;
    let generated = activations(features, generated, device)?;
    // With fewer pictures than a subset may have, half of them: the same ones every time would have no spread.
    let subset = SUBSET.min((fewer / 2).max(2));
    let kid = kernel_distance(&real, &generated, SUBSETS, subset, seed)?;
    Ok(Distances {
        fid: frechet(&real, &generated)?,
        kid_mean: kid.mean,
        kid_std: kid.deviation,
        kid_subset: subset as u64,
        feature_images_real: real.len() as u64,
        feature_images_generated: generated.len() as u64,
        feature_count: real.first().map_or(0, Vec::len) as u64,
    })
}

/// H's activations for each of `pictures`.
fn activations(
    features: &Features,
    pictures: &[RgbImage],
    device: &Device,
) -> Result<Vec<Vec<f32>>> {
    let mut all = Vec::with_capacity(pictures.len());
    for batch in pictures.chunks(BATCH) {
        let rows = features.activations(pack(batch, device));
        let [_, count] = rows.dims();
        let data = rows.try_into_data();
        let data = data.context("the device failed while features were read from it")?;
        let values: Vec<f32> = data.iter::<f32>().collect();
        ensure!(
            values.iter().all(|value| value.is_finite()),
            "a picture's features are not finite numbers"
        );
        all.extend(values.chunks_exact(count).map(<[f32]>::to_vec));
    }
    Ok(all)
}
