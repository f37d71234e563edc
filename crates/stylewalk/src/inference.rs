//! Pictures through a model, in batches, as pictures and numbers.

use anyhow::{Context, Result};
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::pictures::{self, pack};
use bigan::{Bigan, Features, Refinement, draws};
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
    /// D's share for (x, E(x)).
    pub score_real: f32,
    /// D's share for (G(E(x)), E(x)).
    pub score: f32,
}

/// A picture made from a random code.
pub struct Made {
    /// z.
    pub code: Vec<f32>,
    /// G(z).
    pub picture: RgbImage,
    /// D's share for (G(z), z).
    pub score: f32,
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
                made.score_real.flatten(0, 1),
                made.score_reconstruction.flatten(0, 1),
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
        let score_real = bigan.discriminator.score(x.clone(), codes.clone());
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
                score_real.flatten(0, 1),
                refinement.scores(made).flatten(0, 1),
            ],
        )?);
    }
    Ok(all)
}

/// Reads codes, pictures and D's shares of `count` photographs and of their reconstructions.
fn unpack_rebuilt(count: usize, tensors: [Tensor<1>; 4]) -> Result<Vec<Rebuilt>> {
    let [code, picture, real, score] = read(tensors)?;
    let rows = code
        .chunks(code.len() / count)
        .zip(pictures::unpack(&picture));
    let rows = rows.zip(real.iter().zip(score));
    Ok(rows
        .map(|((code, picture), (real, score))| Rebuilt {
            picture,
            code: code.to_vec(),
            score_real: *real,
            score,
        })
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
            &draws::uniform(&mut rng, rows * latent),
            latent,
            device,
        )?);
    }
    Ok(all)
}

/// Makes pictures of codes, `latent` numbers each, that lie one after the other.
pub fn decode(bigan: &Bigan, codes: &[f32], latent: usize, device: &Device) -> Result<Vec<Made>> {
    let mut all = Vec::with_capacity(codes.len() / latent);
    for codes in codes.chunks(BATCH * latent) {
        let z = TensorData::new(codes.to_vec(), [codes.len() / latent, latent]);
        let made = bigan.sample(Tensor::from_data(z, device));
        let [picture, score] = read([made.picture.flatten(0, 3), made.score.flatten(0, 1)])?;
        let rows = codes
            .chunks(latent)
            .zip(pictures::unpack(&picture).into_iter().zip(score));
        all.extend(rows.map(|(code, (picture, score))| Made {
            code: code.to_vec(),
            picture,
            score,
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
