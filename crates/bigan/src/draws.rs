//! All chance in a training step, drawn on the host from one seeded generator, so that every device trains on the same.

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt};

use crate::networks::{DROP, Discriminator};
use crate::trainer::TrainerConfig;
use crate::trainer::techniques::Changes;

/// What one step draws.
#[derive(Debug, Clone)]
pub struct Draws {
    /// Codes, uniform on `[-1, 1]`: `[batch, latent]`.
    pub z: Tensor<2>,
    /// For a stochastic encoder, standard normal noise: `[batch, latent]`.
    pub noise: Option<Tensor<2>>,
    /// D's four looks, in order: at real and generated pairs in D's phase, then in G and E's.
    pub looks: [Look; 4],
}

/// What chance does to one look of D at a batch of pairs.
#[derive(Debug, Clone)]
pub struct Look {
    /// Dropout, as [`Discriminator::judge`] takes it.
    pub masks: [Tensor<2>; 3],
    /// How the pictures are changed before, where they are.
    pub changes: Option<Changes>,
}

impl Draws {
    /// Draws for a batch of `batch` pictures.
    pub fn new(config: &TrainerConfig, batch: usize, rng: &mut impl Rng, device: &Device) -> Self {
        let TrainerConfig {
            networks, augment, ..
        } = config;
        let z = matrix(uniform(rng, batch * networks.latent), batch, device);
        let noise = networks
            .stochastic
            .then(|| matrix(normal(rng, batch * networks.latent), batch, device));
        let looks = std::array::from_fn(|_| Look {
            masks: Discriminator::mask_widths(networks)
                .map(|width| matrix(mask(rng, batch * width), batch, device)),
            changes: Changes::draw(augment, batch, rng, device),
        });
        Self { z, noise, looks }
    }
}

/// `count` numbers uniform on `[-1, 1)`: the paper's prior over codes.
pub fn uniform(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    (0..count)
        .map(|_| rng.random::<f32>() * 2.0 - 1.0)
        .collect()
}

/// `count` standard normal numbers, by Box and Muller's transform.
pub fn normal(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        // 1 - u is in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        values.push((radius * angle.cos()) as f32);
        values.push((radius * angle.sin()) as f32);
    }
    values.truncate(count);
    values
}

/// `count` dropout factors: 0 with probability [`DROP`], otherwise what keeps the mean at 1.
fn mask(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    let keep = 1.0 / (1.0 - DROP);
    (0..count)
        .map(|_| {
            if rng.random::<f32>() < DROP {
                0.0
            } else {
                keep
            }
        })
        .collect()
}

fn matrix(values: Vec<f32>, rows: usize, device: &Device) -> Tensor<2> {
    let columns = values.len() / rows.max(1);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn moments(values: &[f32]) -> (f32, f32) {
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        let square = values.iter().map(|v| (v - mean).powi(2)).sum::<f32>();
        (mean, square / values.len() as f32)
    }

    #[test]
    fn the_three_distributions_have_their_mean_and_variance() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let near = |found: (f32, f32), mean: f32, variance: f32| {
            assert!((found.0 - mean).abs() < 0.02, "{found:?}");
            assert!((found.1 - variance).abs() < 0.02, "{found:?}");
        };
        near(moments(&uniform(&mut rng, 40_000)), 0.0, 1.0 / 3.0);
        near(moments(&normal(&mut rng, 40_001)), 0.0, 1.0);
        near(moments(&mask(&mut rng, 40_000)), 1.0, 0.25);
    }
}
