//! Running a model over many pictures or codes: without Burn, and by Burn while the networks are in training, and on
//! devices that only Burn reaches.

use std::rc::Rc;

use anyhow::{Context, Result};
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::latent::Mixture;
use bigan::pictures::{self, pack};
use bigan::{Bigan, Features, NetworkConfig, Refinement, random};
use images::RgbImage;
use inference::ModelCard;
use inference::gpu::Pipelines;
use inference::networks::{Networks as Own, Part};
use kernels::{DeviceKindName, OpenDevice};
use pollster::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Pictures a batch of Burn's: enough to keep the cores busy, little enough for any memory.
const BATCH: usize = 32;

/// A photograph that went through E and G.
pub struct Rebuilt {
    /// G(E(x)).
    pub picture: RgbImage,
    /// E(x).
    pub code: Vec<f32>,
    /// D's probability that (x, E(x)) is a real pair.
    pub probability_real: f32,
    /// D's probability that (G(E(x)), E(x)) is.
    pub probability: f32,
}

/// A picture made from a random code.
pub struct Made {
    /// z.
    pub code: Vec<f32>,
    /// G(z).
    pub picture: RgbImage,
    /// D's probability that (G(z), z) is a real pair.
    pub probability: f32,
}

/// E, G and D on a device.
pub struct Networks {
    computed: Computed,
    config: NetworkConfig,
}

enum Computed {
    /// Without Burn.
    Own(Own),
    /// By Burn.
    Burn(Box<Bigan>, Device),
}

impl Networks {
    /// Of a model whose files were found whole: their contents, in any order.
    ///
    /// # Errors
    /// Names the tensor that does not fit, or says that the device does not take so large a model.
    pub fn published<T: Serialize + DeserializeOwned>(
        card: &ModelCard<T>,
        files: &[(&str, &[u8])],
        open: &OpenDevice,
    ) -> Result<Self> {
        let pipelines = match (open.kind, &open.gpu) {
            (DeviceKindName::Cpu, _) => None,
            (_, Some(gpu)) => Some(Rc::new(Pipelines::new(gpu.clone()))),
            // CUDA, which only Burn reaches.
            (_, None) => return Self::by_burn(card, files, &open.device),
        };
        let mut own = Own::new(&card.networks, pipelines)?;
        for (part, bytes) in Part::ALL.into_iter().zip(card.weights(files)?) {
            own.fill(part, bytes, card.dtype)?;
        }
        Ok(Self {
            computed: Computed::Own(own),
            config: card.networks,
        })
    }

    fn by_burn<T: Serialize + DeserializeOwned>(
        card: &ModelCard<T>,
        files: &[(&str, &[u8])],
        device: &Device,
    ) -> Result<Self> {
        let bigan = Bigan::load_checked(card, files, device)?;
        Ok(Self::training(&bigan, &card.networks, device))
    }

    /// Networks in training, with these settings.
    pub fn training(bigan: &Bigan, config: &NetworkConfig, device: &Device) -> Self {
        Self {
            computed: Computed::Burn(Box::new(bigan.clone()), device.clone()),
            config: *config,
        }
    }

    /// Rebuilds square pictures.
    pub fn reconstruct(&self, pictures: &[RgbImage]) -> Result<Vec<Rebuilt>> {
        let (codes, rebuilt) = self.rebuild(pictures.iter())?;
        let originals: Vec<f32> = pictures.iter().flat_map(images::to_signed).collect();
        let real = self.judge(&originals, &codes)?;
        let of_rebuilt = self.judge(&rebuilt, &codes)?;
        let codes = codes.chunks(self.config.latent);
        let pictures = pictures::unpack(&rebuilt, self.config.side);
        let probabilities = real.into_iter().zip(of_rebuilt);
        Ok(codes
            .zip(pictures)
            .zip(probabilities)
            .map(
                |((code, picture), (probability_real, probability))| Rebuilt {
                    picture,
                    code: code.to_vec(),
                    probability_real,
                    probability,
                },
            )
            .collect())
    }

    /// Makes `count` pictures from codes drawn with `seed`.
    pub fn sample(&self, count: usize, seed: u64) -> Result<Vec<Made>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        self.decode(&random::uniform(&mut rng, count * self.config.latent))
    }

    /// Makes `count` pictures from codes like photographs', drawn with `seed`.
    pub fn sample_like(&self, photographs: &Mixture, count: usize, seed: u64) -> Result<Vec<Made>> {
        self.decode(&photographs.draw(&mut ChaCha8Rng::seed_from_u64(seed), count))
    }

    /// Makes pictures of codes that lie one after the other.
    pub fn decode(&self, codes: &[f32]) -> Result<Vec<Made>> {
        let pictures = self.generate(codes)?;
        let probabilities = self.judge(&pictures, codes)?;
        let made = pictures::unpack(&pictures, self.config.side)
            .into_iter()
            .zip(probabilities);
        let codes = codes.chunks(self.config.latent);
        Ok(codes
            .zip(made)
            .map(|(code, (picture, probability))| Made {
                code: code.to_vec(),
                picture,
                probability,
            })
            .collect())
    }

    /// The codes of square pictures, one after the other: E(x).
    pub fn encode<'a>(&self, pictures: impl IntoIterator<Item = &'a RgbImage>) -> Result<Vec<f32>> {
        let pictures: Vec<&RgbImage> = pictures.into_iter().collect();
        let mut all = Vec::with_capacity(pictures.len() * self.config.latent);
        for batch in pictures.chunks(BATCH) {
            all.extend(match &self.computed {
                Computed::Own(own) => block_on(own.encode(&signed(batch)))?,
                Computed::Burn(bigan, device) => {
                    let x = pack(batch.iter().copied(), device);
                    let [codes] = read([bigan.encoder.forward(x).mean.flatten(0, 1)])?;
                    codes
                }
            });
        }
        Ok(all)
    }

    /// Pictures through E and G: codes, and pictures `[n, 3, 64, 64]` in `[-1, 1]` again.
    fn rebuild<'a>(
        &self,
        pictures: impl Iterator<Item = &'a RgbImage>,
    ) -> Result<(Vec<f32>, Vec<f32>)> {
        let codes = self.encode(pictures)?;
        let rebuilt = self.generate(&codes)?;
        Ok((codes, rebuilt))
    }

    /// G(z): pictures `[n, 3, 64, 64]` in `[-1, 1]`.
    fn generate(&self, codes: &[f32]) -> Result<Vec<f32>> {
        let mut all = Vec::with_capacity(codes.len() / self.config.latent * self.config.values());
        for codes in codes.chunks(BATCH * self.config.latent) {
            all.extend(match &self.computed {
                Computed::Own(own) => block_on(own.decode(codes, false))?.0,
                Computed::Burn(bigan, device) => {
                    let z = self.tensor(codes, device);
                    let [pictures] = read([bigan.generator.forward(z).flatten(0, 3)])?;
                    pictures
                }
            });
        }
        Ok(all)
    }

    /// D's probabilities for pairs of pictures and codes.
    fn judge(&self, pictures: &[f32], codes: &[f32]) -> Result<Vec<f32>> {
        let pairs = pictures
            .chunks(BATCH * self.config.values())
            .zip(codes.chunks(BATCH * self.config.latent));
        let mut all = Vec::with_capacity(codes.len() / self.config.latent);
        for (pictures, codes) in pairs {
            all.extend(match &self.computed {
                Computed::Own(own) => block_on(own.judge(pictures, codes))?,
                Computed::Burn(bigan, device) => {
                    let x = pictures::tensor(pictures.to_vec(), self.config.side, device);
                    let z = self.tensor(codes, device);
                    let judged = bigan.discriminator.probability(x, z);
                    let [probabilities] = read([judged.flatten(0, 1)])?;
                    probabilities
                }
            });
        }
        Ok(all)
    }

    fn tensor(&self, codes: &[f32], device: &Device) -> Tensor<2> {
        let shape = [codes.len() / self.config.latent, self.config.latent];
        Tensor::from_data(TensorData::new(codes.to_vec(), shape), device)
    }
}

fn signed(pictures: &[&RgbImage]) -> Vec<f32> {
    pictures
        .iter()
        .flat_map(|picture| images::to_signed(picture))
        .collect()
}

/// Rebuilds square pictures, each code improved by `steps` of gradient descent; without `features` L_H does not count.
pub fn refine(
    bigan: &Bigan,
    features: Option<&Features>,
    pictures: &[RgbImage],
    steps: u32,
    device: &Device,
) -> Result<Vec<Rebuilt>> {
    let mut all = Vec::with_capacity(pictures.len());
    for batch in pictures.chunks(BATCH) {
        let x = pack(batch, device);
        let codes = bigan.encoder.forward(x.clone()).mean;
        let real = bigan.discriminator.probability(x.clone(), codes.clone());
        let weights = Refinement::default_weights(features);
        let mut refinement = Refinement::new(bigan.clone(), features.cloned(), weights, x, codes)?;
        for _ in 0..steps {
            refinement.step();
        }
        let made = refinement.pictures();
        let codes = refinement.codes(made.clone());
        all.extend(unpack_rebuilt(
            batch,
            [
                codes.clone().flatten(0, 1),
                made.clone().flatten(0, 3),
                real.flatten(0, 1),
                refinement.probabilities(made, codes).flatten(0, 1),
            ],
        )?);
    }
    Ok(all)
}

/// Reads codes, pictures, and D's probabilities for the photographs and for their reconstructions.
fn unpack_rebuilt(originals: &[RgbImage], tensors: [Tensor<1>; 4]) -> Result<Vec<Rebuilt>> {
    let side = originals.first().map_or(0, RgbImage::width) as usize;
    let [code, picture, real, rebuilt] = read(tensors)?;
    let rows = code
        .chunks(code.len() / originals.len())
        .zip(pictures::unpack(&picture, side));
    let rows = rows.zip(real.into_iter().zip(rebuilt));
    Ok(rows
        .map(
            |((code, picture), (probability_real, probability))| Rebuilt {
                picture,
                code: code.to_vec(),
                probability_real,
                probability,
            },
        )
        .collect())
}

/// Reads flat tensors in one transfer.
fn read<const N: usize>(tensors: [Tensor<1>; N]) -> Result<[Vec<f32>; N]> {
    let values = block_on(bigan::read(tensors));
    values.context("the device failed while pictures were read from it")
}
