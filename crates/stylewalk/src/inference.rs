//! Running a model over many pictures or codes, in batches.

use anyhow::{Context, Result};
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::latent::Gaussian;
use bigan::pictures::{self, pack};
use bigan::{Bigan, Features, Refinement, random};
use images::RgbImage;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// Pictures a batch: enough to keep the cores busy, little enough for any memory.
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

/// Rebuilds square pictures.
pub fn reconstruct(bigan: &Bigan, pictures: &[RgbImage], device: &Device) -> Result<Vec<Rebuilt>> {
    let mut all = Vec::with_capacity(pictures.len());
    for batch in pictures.chunks(BATCH) {
        let made = bigan.reconstruct(pack(batch, device));
        all.extend(unpack_rebuilt(
            batch.len(),
            [
                made.code.flatten(0, 1),
                made.picture.flatten(0, 3),
                made.probability_real.flatten(0, 1),
                made.probability_reconstruction.flatten(0, 1),
            ],
        )?);
    }
    Ok(all)
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
        all.extend(unpack_rebuilt(
            batch.len(),
            [
                refinement.codes().flatten(0, 1),
                made.clone().flatten(0, 3),
                real.flatten(0, 1),
                refinement.probabilities(made).flatten(0, 1),
            ],
        )?);
    }
    Ok(all)
}

/// Reads codes, pictures, and D's probabilities for `count` photographs and for their reconstructions.
fn unpack_rebuilt(count: usize, tensors: [Tensor<1>; 4]) -> Result<Vec<Rebuilt>> {
    let [code, picture, real, rebuilt] = read(tensors)?;
    let rows = code
        .chunks(code.len() / count)
        .zip(pictures::unpack(&picture));
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

/// Makes `count` pictures from codes drawn with `seed`.
pub fn sample(
    bigan: &Bigan,
    latent: usize,
    count: usize,
    seed: u64,
    device: &Device,
) -> Result<Vec<Made>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut all = Vec::with_capacity(count);
    while all.len() < count {
        let rows = BATCH.min(count - all.len());
        all.extend(decode(
            bigan,
            &random::uniform(&mut rng, rows * latent),
            latent,
            device,
        )?);
    }
    Ok(all)
}

/// Makes `count` pictures from codes like photographs', drawn with `seed`.
pub fn sample_like(
    bigan: &Bigan,
    photographs: &Gaussian,
    count: usize,
    seed: u64,
    device: &Device,
) -> Result<Vec<Made>> {
    let codes = photographs.draw(&mut ChaCha8Rng::seed_from_u64(seed), count);
    decode(bigan, &codes, codes.len() / count, device)
}

/// Makes pictures of codes, `latent` numbers each, that lie one after the other.
pub fn decode(bigan: &Bigan, codes: &[f32], latent: usize, device: &Device) -> Result<Vec<Made>> {
    let mut all = Vec::with_capacity(codes.len() / latent);
    for codes in codes.chunks(BATCH * latent) {
        let z = TensorData::new(codes.to_vec(), [codes.len() / latent, latent]);
        let made = bigan.sample(Tensor::from_data(z, device));
        let [picture, probability] =
            read([made.picture.flatten(0, 3), made.probability.flatten(0, 1)])?;
        let rows = codes
            .chunks(latent)
            .zip(pictures::unpack(&picture).into_iter().zip(probability));
        all.extend(rows.map(|(code, (picture, probability))| Made {
            code: code.to_vec(),
            picture,
            probability,
        }));
    }
    Ok(all)
}

/// The codes of square pictures, one after the other: E(x).
pub fn encode<'a>(
    bigan: &Bigan,
    pictures: impl IntoIterator<Item = &'a RgbImage>,
    device: &Device,
) -> Result<Vec<f32>> {
    let pictures: Vec<&RgbImage> = pictures.into_iter().collect();
    let mut all = Vec::new();
    for batch in pictures.chunks(BATCH) {
        let encoding = bigan.encoder.forward(pack(batch.iter().copied(), device));
        let [codes] = read([encoding.mean.flatten(0, 1)])?;
        all.extend(codes);
    }
    Ok(all)
}

/// Reads flat tensors in one transfer.
fn read<const N: usize>(tensors: [Tensor<1>; N]) -> Result<[Vec<f32>; N]> {
    let values = pollster::block_on(bigan::read(tensors));
    values.context("the device failed while pictures were read from it")
}
