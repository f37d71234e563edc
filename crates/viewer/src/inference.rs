//! A photograph through E, G and D, and codes through G and D. No blocking read: a browser has no thread to block.

mod graphics;
mod layers;
mod modules;
mod networks;
mod numbers;
mod processor;

use std::rc::Rc;

use bigan::burn::tensor::Device;
use bigan::cutout::{Preprocess, Seen};
use bigan::latent::{Directions, Gaussian};
use bigan::pictures::unpack;
use bigan::{Bigan, SIDE, random};
use images::{NotFound, RgbImage, Square, Subject, View};
use kernels::inference::Pipelines;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use web::WebError;

pub use graphics::Graphics;
use modules::Modules;
use networks::Networks;
use processor::Processor;

use crate::view::seen;
use crate::{ModelFiles, ViewerError};

/// Enough for any grid on a page; keeps one request from filling a browser's memory.
pub(crate) const MAX_SAMPLES: usize = 64;

/// Samples that go through the networks at a time: bounds the memory of activations, and keeps a GPU busy.
const CHUNK: usize = 16;

/// Values of one picture.
const PIXELS: usize = 3 * SIDE * SIDE;

/// A model on a device.
#[derive(Debug)]
pub struct Inference {
    networks: Networks,
    latent: usize,
    preprocess: Preprocess,
    /// Whether D is one that was trained.
    judges: bool,
    directions: Option<Directions>,
    /// What photographs' codes are like, where the model knows.
    photographs: Option<Gaussian>,
}

/// A photograph and what came back from its code.
#[derive(Debug)]
pub struct Reconstruction {
    /// The photograph as E sees it, 64x64.
    pub original: RgbImage,
    /// What of the photograph was cut out, or why it is whole; none where nothing was looked for.
    pub cut: Option<Result<Square, NotFound>>,
    /// G(E(x)), 64x64.
    pub reconstruction: RgbImage,
    /// E(x).
    pub latent: Vec<f32>,
    /// D's probability, 0 to 1, that E made the pair (G(E(x)), E(x)) from a real picture; none while D is not here.
    pub probability: Option<f32>,
    /// The same for (x, E(x)).
    pub probability_original: Option<f32>,
    /// Between the two pictures as shown, dB; infinite when they are equal.
    pub psnr: f64,
}

/// A picture from a random code.
#[derive(Debug)]
pub struct Sample {
    /// z.
    pub code: Vec<f32>,
    /// G(z), 64x64.
    pub image: RgbImage,
    /// D's probability, 0 to 1, for (G(z), z); none where D is not asked, or not here.
    pub probability: Option<f32>,
}

/// A photograph as a pin holds it.
#[derive(Debug)]
pub struct Embedding {
    /// E(x).
    pub code: Vec<f32>,
    /// G(E(x)), 64x64.
    pub picture: RgbImage,
}

impl Inference {
    /// Loads a model onto `device`: for our own code on the CPU, and for Burn on others, or where the networks have a layer
    /// that only Burn computes.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong.
    pub fn load(model: &ModelFiles, device: Device) -> Result<Self, ViewerError> {
        let networks = model.networks(&device)?;
        let processor = match device == Device::flex() {
            true => Processor::new(&networks, &model.card.networks)?,
            false => None,
        };
        let networks = match processor {
            Some(processor) => Networks::Processor(Box::new(processor)),
            None => Networks::Burn(Box::new(Modules { networks, device })),
        };
        Self::new(model, networks)
    }

    /// The same, for our own graph on a GPU, which `prepared` may have built already.
    ///
    /// # Errors
    /// Names the file, field or tensor that is wrong, or says that the device does not take so large a model.
    pub fn load_graph(
        model: &ModelFiles,
        pipelines: Rc<Pipelines>,
        prepared: Option<Graphics>,
        device: Device,
    ) -> Result<Self, ViewerError> {
        let config = &model.card.networks;
        let graphics = match prepared.filter(|graphics| graphics.is_of(config)) {
            Some(graphics) => Some(graphics),
            None => Graphics::new(pipelines, config)?,
        };
        let Some(graphics) = graphics else {
            return Self::load(model, device);
        };
        graphics.fill(&model.networks(&Device::flex())?)?;
        Self::new(model, Networks::Graph(Box::new(graphics)))
    }

    fn new(model: &ModelFiles, networks: Networks) -> Result<Self, ViewerError> {
        Ok(Self {
            networks,
            directions: model.directions()?,
            photographs: model.codes()?,
            latent: model.card.networks.latent,
            preprocess: model.preprocess()?,
            judges: model.judges(),
        })
    }

    /// The networks as Burn computes them; none where our own code does.
    #[must_use]
    pub fn networks(&self) -> Option<&Bigan> {
        match &self.networks {
            Networks::Burn(modules) => Some(&modules.networks),
            Networks::Processor(_) | Networks::Graph(_) => None,
        }
    }

    /// The networks, where they draw by themselves.
    #[must_use]
    pub fn graphics(&self) -> Option<&Graphics> {
        match &self.networks {
            Networks::Graph(graphics) => Some(graphics),
            Networks::Burn(_) | Networks::Processor(_) => None,
        }
    }

    /// A photograph file (JPEG, PNG or WebP), or the part of it in `view`, through E and G, both pictures judged by D.
    /// `subject` counts where the model sees garments alone.
    ///
    /// # Errors
    /// When the file is no such photograph, or the device fails.
    pub async fn reconstruct(
        &self,
        photo: &[u8],
        view: Option<&View>,
        subject: Subject,
    ) -> Result<Reconstruction, ViewerError> {
        let Seen {
            picture: original,
            cut,
        } = seen(photo, view, subject, &self.preprocess)?;
        let values = images::to_signed(&original);
        let made = self.networks.reconstruct(values).await?;
        let reconstruction = images::from_signed(&made.picture, SIDE as u32);
        Ok(Reconstruction {
            psnr: images::psnr(&original, &reconstruction),
            probability: self.judges.then_some(made.probability),
            probability_original: self.judges.then_some(made.probability_original),
            original,
            cut,
            reconstruction,
            latent: made.latent,
        })
    }

    /// A photograph file through E and G alone.
    ///
    /// # Errors
    /// When the file is no photograph, or the device fails.
    pub async fn embed(&self, photo: &[u8], subject: Subject) -> Result<Embedding, ViewerError> {
        let seen = seen(photo, None, subject, &self.preprocess)?;
        let values = images::to_signed(&seen.picture);
        let (code, picture) = self.networks.rebuild(values).await?;
        Ok(Embedding {
            code,
            picture: images::from_signed(&picture, SIDE as u32),
        })
    }

    /// Whether D is here.
    pub fn judges(&self) -> bool {
        self.judges
    }

    /// D's probabilities for (x, z) and (G(z), z), of a picture of 64x64 pixels and a code.
    ///
    /// # Errors
    /// D is not here, numbers that are not one code, or the device fails.
    pub async fn judge(&self, original: &RgbImage, code: &[f32]) -> Result<[f32; 2], ViewerError> {
        if !self.judges {
            return Err(ViewerError::NoJudge);
        }
        if code.len() != self.latent {
            return Err(WebError::NoCodes(code.len(), self.latent).into());
        }
        let picture = images::to_signed(original);
        self.networks.judge(&picture, code).await
    }

    /// The model's directions, where they are here.
    pub fn directions(&self) -> Option<&Directions> {
        self.directions.as_ref()
    }

    /// `count` pictures from codes drawn uniformly from `[-1, 1]`, the same for the same `seed`.
    ///
    /// # Errors
    /// More than 64 at once, or the device fails.
    pub async fn sample(&self, seed: u64, count: usize) -> Result<Vec<Sample>, ViewerError> {
        let draw = |rng: &mut ChaCha8Rng| random::uniform(rng, count * self.latent);
        self.drawn(seed, count, draw).await
    }

    /// As [`sample`](Self::sample), from codes like those of the photographs that the model was trained on.
    ///
    /// # Errors
    /// The model does not know what those are like, more than 64 at once, or the device fails.
    pub async fn sample_like(&self, seed: u64, count: usize) -> Result<Vec<Sample>, ViewerError> {
        let photographs = self
            .photographs
            .as_ref()
            .ok_or(ViewerError::NoPhotographs)?;
        let draw = |rng: &mut ChaCha8Rng| photographs.draw(rng, count);
        self.drawn(seed, count, draw).await
    }

    async fn drawn(
        &self,
        seed: u64,
        count: usize,
        draw: impl FnOnce(&mut ChaCha8Rng) -> Vec<f32>,
    ) -> Result<Vec<Sample>, ViewerError> {
        match count {
            0 => Ok(Vec::new()),
            1..=MAX_SAMPLES => {
                let codes = draw(&mut ChaCha8Rng::seed_from_u64(seed));
                self.decode(codes, true).await
            }
            _ => Err(ViewerError::TooMany(count)),
        }
    }

    /// The pictures of codes `[n, latent]`, flattened; with D's probabilities where it is asked, and here.
    ///
    /// # Errors
    /// A count of numbers that makes no codes, more than 64 codes, or the device fails.
    pub async fn decode(&self, codes: Vec<f32>, judged: bool) -> Result<Vec<Sample>, ViewerError> {
        let count = self.count(&codes)?;
        let judged = judged && self.judges;
        let (pictures, probabilities) = self.networks.decode(&codes, count, judged).await?;
        let mut probabilities: Vec<_> = probabilities.into_iter().map(Some).collect();
        probabilities.resize(count, None);
        let pictures = unpack(&pictures).into_iter().zip(probabilities);
        let codes = codes.chunks_exact(self.latent);
        Ok(codes
            .zip(pictures)
            .map(|(code, (image, probability))| Sample {
                code: code.to_vec(),
                image,
                probability,
            })
            .collect())
    }

    /// How many codes these numbers are.
    pub(crate) fn count(&self, codes: &[f32]) -> Result<usize, ViewerError> {
        let count = codes.len() / self.latent;
        if count == 0 || !codes.len().is_multiple_of(self.latent) {
            return Err(WebError::NoCodes(codes.len(), self.latent).into());
        }
        match count > MAX_SAMPLES {
            true => Err(ViewerError::TooMany(count)),
            false => Ok(count),
        }
    }
}
