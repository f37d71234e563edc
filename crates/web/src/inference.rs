//! A photograph through E, G and D, and codes through G and D. No blocking read: a browser has no thread to block.

use bigan::burn::tensor::{Device, Tensor, TensorData, Transaction};
use bigan::weights::Fit;
use bigan::{Bigan, ModelCard, SIDE, draws};
use images::{Limits, RgbImage};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::WebError;

/// Enough for any grid on a page; keeps one request from filling a browser's memory.
pub(crate) const MAX_SAMPLES: usize = 64;

/// Values of one picture.
const PIXELS: usize = 3 * SIDE * SIDE;

/// A model on a device, ready for photographs.
#[derive(Debug)]
pub struct Inference {
    networks: Bigan,
    device: Device,
    latent: usize,
    fit: images::Fit,
}

/// A photograph and what came back from its code.
#[derive(Debug)]
pub struct Reconstruction {
    /// The photograph as E sees it, 64x64.
    pub original: RgbImage,
    /// G(E(x)), 64x64.
    pub reconstruction: RgbImage,
    /// E(x).
    pub latent: Vec<f32>,
    /// D's probability, 0 to 1, that E made the pair (G(E(x)), E(x)) from a real picture.
    pub score: f32,
    /// The same for (x, E(x)).
    pub score_original: f32,
    /// Between the two pictures as shown, dB; infinite when they are equal.
    pub psnr: f64,
}

/// A picture from a random code.
#[derive(Debug)]
pub struct Sample {
    /// G(z), 64x64.
    pub image: RgbImage,
    /// D's probability, 0 to 1, for (G(z), z).
    pub score: f32,
}

impl Inference {
    /// Reads a model directory's contents onto `device`: `model.json`, and each weight file's name and bytes.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong.
    pub fn load(
        model_json: &[u8],
        files: &[(&str, &[u8])],
        device: Device,
    ) -> Result<Self, WebError> {
        let card = ModelCard::parse(model_json)?;
        Ok(Self {
            networks: card.load(files, &device)?,
            latent: card.networks.latent,
            fit: match card.fit {
                Fit::Pad => images::Fit::Pad,
                Fit::Crop => images::Fit::Crop,
            },
            device,
        })
    }

    /// A photograph file (JPEG, PNG or WebP) through E and G, both pictures judged by D.
    ///
    /// # Errors
    /// When the file is no such photograph, or the device fails.
    pub async fn reconstruct(&self, photo: &[u8]) -> Result<Reconstruction, WebError> {
        let original = images::square(
            &images::decode(photo, &Limits::default())?,
            SIDE as u32,
            self.fit,
        );
        let values = TensorData::new(images::to_signed(&original), [1, 3, SIDE, SIDE]);
        let x = Tensor::<4>::from_data(values, &self.device);
        let made = self.networks.reconstruct(x);
        let [picture, latent, score, score_original] = read([
            made.picture.flatten(0, 3),
            made.code.flatten(0, 1),
            made.score_reconstruction.flatten(0, 1),
            made.score_real.flatten(0, 1),
        ])
        .await?;
        let reconstruction = images::from_signed(&picture, SIDE as u32);
        Ok(Reconstruction {
            psnr: images::psnr(&original, &reconstruction),
            score: first(&score)?,
            score_original: first(&score_original)?,
            original,
            reconstruction,
            latent,
        })
    }

    /// `count` pictures from codes drawn uniformly from `[-1, 1]`, the same for the same `seed`.
    ///
    /// # Errors
    /// More than 64 at once, or the device fails.
    pub async fn sample(&self, seed: u64, count: usize) -> Result<Vec<Sample>, WebError> {
        if count > MAX_SAMPLES {
            return Err(WebError::TooMany(count));
        }
        if count == 0 {
            return Ok(Vec::new());
        }
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let codes = TensorData::new(
            draws::uniform(&mut rng, count * self.latent),
            [count, self.latent],
        );
        let made = self.networks.sample(Tensor::from_data(codes, &self.device));
        let [pictures, scores] =
            read([made.picture.flatten(0, 3), made.score.flatten(0, 1)]).await?;
        let pictures = pictures.chunks_exact(PIXELS).zip(scores);
        Ok(pictures
            .map(|(values, score)| Sample {
                image: images::from_signed(values, SIDE as u32),
                score,
            })
            .collect())
    }
}

/// Reads all of a request's results at once: each read of its own would be a round trip to the GPU, of up to 100 ms
/// in some browsers.
async fn read<const N: usize>(tensors: [Tensor<1>; N]) -> Result<[Vec<f32>; N], WebError> {
    let failed = |reason: String| WebError::Device(reason);
    let all = tensors
        .into_iter()
        .fold(Transaction::default(), |all, tensor| all.register(tensor));
    let data = all
        .execute_async()
        .await
        .map_err(|error| failed(error.to_string()))?;
    let mut values = Vec::with_capacity(N);
    for one in data {
        let one: Vec<f32> = one
            .try_to_vec()
            .map_err(|error| failed(format!("{error:?}")))?;
        values.push(one);
    }
    values
        .try_into()
        .map_err(|_| failed("it answered with fewer results than were asked for".to_owned()))
}

fn first(values: &[f32]) -> Result<f32, WebError> {
    let value = values.first().copied();
    value.ok_or_else(|| WebError::Device("it answered with too few numbers".to_owned()))
}
