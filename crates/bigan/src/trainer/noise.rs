//! The noise of one training step: codes, the encoder's noise, dropout and augmentation.

use std::ops::Range;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, RngExt};

use super::config::TrainerConfig;
use super::techniques::Augmentation;
use crate::networks::{DROP, Discriminator};
use crate::pictures;
use inference::random::{normal, uniform};

/// All that is random in one step.
#[derive(Debug, Clone)]
pub struct StepNoise {
    /// Codes z, uniform on `[-1, 1)`: `[batch, latent]`.
    pub z: Tensor<2>,
    /// A stochastic encoder's standard normal noise, `[batch, latent]`, as
    /// [`Encoding::sample`](crate::Encoding::sample) takes it.
    pub encoder: Option<Tensor<2>>,
    /// Of D's four passes, in order: over real and generated pairs in D's phase, then in G and E's.
    pub discriminator: [DiscriminatorNoise; 4],
}

/// The noise of one pass of D over a batch of pairs.
#[derive(Debug, Clone)]
pub struct DiscriminatorNoise {
    /// Dropout masks as [`Discriminator::joint`] takes them, on the host: there those of several batches that go through D
    /// together are put together.
    pub masks: [TensorData; 3],
    /// What is done to the pictures before D sees them; none with augmentation off.
    pub augmentation: Option<Augmentation>,
    /// In D's pass over real pairs, where the noise penalty is due: what is added to x, `[batch, 3, 64, 64]`, in a
    /// second pass.
    pub perturbation: Option<Tensor<4>>,
}

impl StepNoise {
    /// Samples the noise of a step on `batch` pictures. The same `rng` gives the same noise on every device.
    pub fn new(config: &TrainerConfig, batch: usize, rng: &mut impl Rng, device: &Device) -> Self {
        let TrainerConfig {
            networks, augment, ..
        } = config;
        let z = matrix(uniform(rng, batch * networks.latent), batch, device);
        let encoder = networks
            .stochastic
            .then(|| matrix(normal(rng, batch * networks.latent), batch, device));
        let discriminator = std::array::from_fn(|_| DiscriminatorNoise {
            masks: Discriminator::mask_widths(networks)
                .map(|width| TensorData::new(mask(rng, batch * width), [batch, width])),
            augmentation: Augmentation::new(augment, [batch, networks.side], rng, device),
            perturbation: None,
        });
        Self {
            z,
            encoder,
            discriminator,
        }
    }

    /// That of `rows` of the batch: what a process has of a step that it shares with others.
    #[must_use]
    pub(crate) fn rows(self, rows: &Range<usize>) -> Self {
        Self {
            z: part(self.z, rows),
            encoder: self.encoder.map(|noise| part(noise, rows)),
            discriminator: self.discriminator.map(|noise| DiscriminatorNoise {
                masks: noise.masks.map(|mask| rows_of(&mask, rows)),
                augmentation: noise
                    .augmentation
                    .map(|augmentation| augmentation.rows(rows)),
                perturbation: noise.perturbation.map(|noise| part(noise, rows)),
            }),
        }
    }

    /// The same with the noise of D's noise penalty, normal with deviation `sigma`, for pictures of `side` x `side`.
    #[must_use]
    pub fn with_perturbation(mut self, side: usize, sigma: f64, rng: &mut impl Rng) -> Self {
        let [batch, _] = self.z.dims();
        let values = normal(rng, batch * 3 * side * side);
        let noise = pictures::tensor(values, side, &self.z.device());
        self.discriminator[0].perturbation = Some(noise * sigma);
        self
    }
}

impl DiscriminatorNoise {
    /// The masks of batches that go through D one after the other, on `device`.
    pub fn masks<'a>(
        batches: impl IntoIterator<Item = &'a Self>,
        device: &Device,
    ) -> [Tensor<2>; 3] {
        let batches: Vec<&Self> = batches.into_iter().collect();
        std::array::from_fn(|index| {
            let masks = batches.iter().map(|noise| &noise.masks[index]);
            let [rows, columns] = masks.clone().fold([0, 0], |[rows, _], mask| {
                [rows + mask.shape()[0], mask.shape()[1]]
            });
            let values: Vec<f32> = masks.flat_map(TensorData::iter::<f32>).collect();
            Tensor::from_data(TensorData::new(values, [rows, columns]), device)
        })
    }
}

/// `count` dropout factors: 0 with probability [`DROP`], otherwise `1 / (1 - DROP)`, which keeps the mean at 1.
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

fn part<const D: usize>(all: Tensor<D>, rows: &Range<usize>) -> Tensor<D> {
    all.narrow(0, rows.start, rows.len())
}

fn rows_of(all: &TensorData, rows: &Range<usize>) -> TensorData {
    let columns = all.shape()[1];
    let values = all.iter::<f32>().skip(rows.start * columns);
    let values: Vec<f32> = values.take(rows.len() * columns).collect();
    TensorData::new(values, [rows.len(), columns])
}

fn matrix(values: Vec<f32>, rows: usize, device: &Device) -> Tensor<2> {
    let columns = values.len() / rows.max(1);
    Tensor::from_data(TensorData::new(values, [rows, columns]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Asserts that `values` have this mean and variance, to 0.02.
    fn assert_moments(values: &[f32], mean: f32, variance: f32) {
        let count = values.len() as f32;
        let found = values.iter().sum::<f32>() / count;
        let square = values.iter().map(|v| (v - found).powi(2)).sum::<f32>() / count;
        assert!((found - mean).abs() < 0.02, "{found} is not {mean}");
        assert!(
            (square - variance).abs() < 0.02,
            "{square} is not {variance}"
        );
    }
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn dropout_keeps_the_mean() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert_moments(&mask(&mut rng, 40_000), 1.0, 0.25);
    }
}
