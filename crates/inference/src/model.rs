//! A photograph through the cut-out, E, G and D, and codes through G and D. No blocking read: a browser has no thread to
//! block.

use std::rc::Rc;

use images::{DecodeError, Limits, NotFound, RgbImage, Square, Subject, View};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::card::{Content, ModelCard};
use crate::cutout::{Preprocess, Seen};
use crate::gpu::{InferenceError, Pipelines};
use crate::latent::{Directions, Mixture};
use crate::neighbours::{Neighbour, Neighbours};
use crate::networks::{Graphics, Judgement, Networks, Part};
use crate::random;
use crate::weights::ModelError;

/// Enough for any grid on a page; keeps one request from filling a browser's memory.
const MAX_SAMPLES: usize = 64;

/// Why a model gives no answer.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file that it needs for that is not there.
    #[error("the model's {0} is not there yet")]
    NotYet(&'static str),
    /// The photograph cannot be used.
    #[error(transparent)]
    Photo(#[from] DecodeError),
    /// The device is lost, or too small.
    #[error(transparent)]
    Device(#[from] InferenceError),
    /// The model has no file about photographs' codes.
    #[error("this model does not know what photographs' codes are like: draw from the prior")]
    NoPhotographs,
    /// Numbers that are not whole codes.
    #[error("{0} numbers are not whole codes: a code of this model has {1}")]
    NoCodes(usize, usize),
    /// A photograph trained on that is no picture.
    #[error("photograph {0} of those that the model was trained on cannot be decoded")]
    NoNeighbour(usize),
    /// More samples at once than anybody may ask for.
    #[error("{0} samples are too many at once: ask for at most {MAX_SAMPLES}")]
    TooMany(usize),
}

/// A model on a device. Its files may come one after the other: [`rebuilds`](Self::rebuilds) and
/// [`judges`](Self::judges) say what it can do with those that have come.
#[derive(Debug)]
pub struct Model {
    card: ModelCard,
    networks: Networks,
    /// Which of [`Part::ALL`] have come.
    parts: [bool; 3],
    /// None until the network that cuts out has come.
    preprocess: Option<Preprocess>,
    directions: Option<Directions>,
    photographs: Option<Mixture>,
    neighbours: Option<Neighbours>,
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
    pub code: Vec<f32>,
    /// What D says of both pictures; none where D has not come.
    pub judgement: Option<Judgement>,
    /// Between the two pictures as shown, dB; infinite when they are equal.
    pub psnr: f64,
}

/// A picture from a code.
#[derive(Debug)]
pub struct Sample {
    /// z.
    pub code: Vec<f32>,
    /// G(z), 64x64.
    pub image: RgbImage,
    /// D's probability, 0 to 1, for (G(z), z); none where D was not asked or has not come.
    pub probability: Option<f32>,
}

/// A photograph as a pin holds it.
#[derive(Debug)]
pub struct Embedding {
    /// The photograph as E sees it, 64x64.
    pub original: RgbImage,
    /// E(x).
    pub code: Vec<f32>,
    /// G(E(x)), 64x64.
    pub picture: RgbImage,
}

impl Model {
    /// The model that `card` describes, none of whose files has come: on the CPU, or on a GPU, which compiles its shaders
    /// meanwhile.
    ///
    /// # Errors
    /// When the GPU does not take so large a model.
    pub fn new(card: ModelCard, pipelines: Option<Rc<Pipelines>>) -> Result<Self, InferenceError> {
        Ok(Self {
            networks: Networks::new(&card.networks, pipelines)?,
            parts: [false; 3],
            preprocess: match card.cutout {
                Some(_) => None,
                None => Some(Preprocess::whole(card.fit, card.side())),
            },
            directions: None,
            photographs: None,
            neighbours: None,
            card,
        })
    }

    /// Takes one of the files that the card names. `sha256` gives a file's hash, in lower-case hexadecimal;
    /// [`sha256`](crate::weights::sha256) does, and some platforms do it faster.
    ///
    /// # Errors
    /// Says how the file is damaged, which tensor does not fit, or that the card names no such file.
    pub fn add(
        &mut self,
        name: &str,
        bytes: &[u8],
        sha256: impl FnOnce(&[u8]) -> String,
    ) -> Result<(), ModelError> {
        match self.card.content(name, bytes, sha256)? {
            Content::Network(part) => {
                self.networks.fill(part, bytes, self.card.dtype)?;
                self.parts[part as usize] = true;
            }
            Content::Cutout(cutter) => {
                self.preprocess = Some(Preprocess {
                    side: self.card.side(),
                    fit: self.card.fit,
                    cutter: Some(cutter.into()),
                });
            }
            Content::Directions(directions) => self.directions = Some(directions),
            Content::Codes(codes) => self.photographs = Some(codes),
            Content::Neighbours(neighbours) => self.neighbours = Some(neighbours),
            Content::Features => {}
        }
        Ok(())
    }

    /// What `model.json` says.
    #[must_use]
    pub fn card(&self) -> &ModelCard {
        &self.card
    }

    /// Whether photographs become codes and pictures again: the cut-out, E and G have come.
    #[must_use]
    pub fn rebuilds(&self) -> bool {
        self.preprocess.is_some() && self.has(Part::Encoder) && self.has(Part::Generator)
    }

    /// Whether D has come.
    #[must_use]
    pub fn judges(&self) -> bool {
        self.has(Part::Discriminator)
    }

    /// The model's directions, where they have come.
    #[must_use]
    pub fn directions(&self) -> Option<&Directions> {
        self.directions.as_ref()
    }

    /// The `count` photographs trained on whose codes are nearest to `code`, the nearest first.
    ///
    /// # Errors
    /// When `code` is not one code, the photographs have not come, or one cannot be decoded.
    pub fn nearest(
        &self,
        code: &[f32],
        count: usize,
    ) -> Result<Vec<(Neighbour, RgbImage)>, RunError> {
        let neighbours = self.neighbours.as_ref();
        let neighbours = neighbours.ok_or(RunError::NotYet("file of photographs trained on"))?;
        if self.count(code)? != 1 {
            return Err(RunError::NoCodes(code.len(), self.card.networks.latent));
        }
        let near = neighbours.nearest(code, count).into_iter();
        near.map(|one| match neighbours.picture(one.number) {
            Some(picture) => Ok((one, picture)),
            None => Err(RunError::NoNeighbour(one.number)),
        })
        .collect()
    }

    /// The networks, where they draw by themselves.
    #[must_use]
    pub fn graphics(&self) -> Option<&Graphics> {
        match &self.networks {
            Networks::Graphics(graphics) => Some(graphics),
            Networks::Processor(_) => None,
        }
    }

    /// Height and width of its pictures, in pixels.
    fn side(&self) -> u32 {
        self.card.side() as u32 // 128 at most
    }

    fn has(&self, part: Part) -> bool {
        self.parts[part as usize]
    }

    fn needs(&self, part: Part, name: &'static str) -> Result<(), RunError> {
        match self.has(part) {
            true => Ok(()),
            false => Err(RunError::NotYet(name)),
        }
    }

    /// A photograph file (JPEG, PNG or WebP) as E sees it: all of it, or the part that `view` says, which keeps its frame.
    /// Where the model sees garments alone, `subject` may still ask for the whole.
    ///
    /// # Errors
    /// When the file is no such photograph.
    pub fn see(
        &self,
        photo: &[u8],
        view: Option<&View>,
        subject: Subject,
    ) -> Result<Seen, RunError> {
        let photo = images::decode(photo, &Limits::default())?;
        let whole = Preprocess::whole(self.card.fit, self.card.side());
        let preprocess = match subject {
            Subject::Whole => &whole,
            Subject::Garment => {
                let ready = self.preprocess.as_ref();
                ready.ok_or(RunError::NotYet("network that cuts out"))?
            }
        };
        Ok(match view {
            Some(view) => preprocess.see_framed(&view.of(&photo)),
            None => preprocess.see(&photo),
        })
    }

    /// A photograph file through E and G, both pictures judged by D if it has come; see [`see`](Self::see).
    ///
    /// # Errors
    /// When the file is no such photograph, the device fails, or E or G has not come.
    pub async fn reconstruct(
        &self,
        photo: &[u8],
        view: Option<&View>,
        subject: Subject,
    ) -> Result<Reconstruction, RunError> {
        self.needs(Part::Encoder, "encoder")?;
        self.needs(Part::Generator, "generator")?;
        let Seen { picture, cut } = self.see(photo, view, subject)?;
        let values = images::to_signed(&picture);
        let made = self.networks.reconstruct(&values, self.judges()).await?;
        let reconstruction = images::from_signed(&made.picture, self.side());
        Ok(Reconstruction {
            psnr: images::psnr(&picture, &reconstruction),
            judgement: made.judgement,
            original: picture,
            cut,
            reconstruction,
            code: made.code,
        })
    }

    /// A photograph file through E and G alone.
    ///
    /// # Errors
    /// As [`reconstruct`](Self::reconstruct).
    pub async fn embed(&self, photo: &[u8], subject: Subject) -> Result<Embedding, RunError> {
        let seen = self.see(photo, None, subject)?;
        self.embed_seen(seen.picture).await
    }

    /// A picture of 64x64, as E sees photographs, through E and G.
    ///
    /// # Errors
    /// When the device fails, or E or G has not come.
    pub async fn embed_seen(&self, original: RgbImage) -> Result<Embedding, RunError> {
        let (code, picture) = self.rebuild(&images::to_signed(&original)).await?;
        Ok(Embedding {
            original,
            code,
            picture: images::from_signed(&picture, self.side()),
        })
    }

    /// Pictures `[n, 3, 64, 64]` in `[-1, 1]` through E and G: codes `[n, latent]`, and pictures again.
    ///
    /// # Errors
    /// When the device fails, or E or G has not come.
    pub async fn rebuild(&self, pictures: &[f32]) -> Result<(Vec<f32>, Vec<f32>), RunError> {
        self.needs(Part::Encoder, "encoder")?;
        self.needs(Part::Generator, "generator")?;
        Ok(self.networks.rebuild(pictures).await?)
    }

    /// D's probabilities for a picture of 64x64 with its code, and for what G makes of that code.
    ///
    /// # Errors
    /// When `code` is not one code, the device fails, or G or D has not come.
    pub async fn judge(&self, picture: &RgbImage, code: &[f32]) -> Result<Judgement, RunError> {
        self.needs(Part::Generator, "generator")?;
        self.needs(Part::Discriminator, "discriminator")?;
        if self.count(code)? != 1 {
            return Err(RunError::NoCodes(code.len(), self.card.networks.latent));
        }
        let picture = images::to_signed(picture);
        let (made, _) = self.networks.decode(code, false).await?;
        let original = self.networks.judge(&picture, code).await?;
        let reconstruction = self.networks.judge(&made, code).await?;
        Ok(Judgement {
            original: original.into_iter().sum(),
            reconstruction: reconstruction.into_iter().sum(),
        })
    }

    /// `count` pictures from codes drawn uniformly from `[-1, 1]`, the same for the same `seed`.
    ///
    /// # Errors
    /// More than 64 at once, the device fails, or G has not come.
    pub async fn sample(&self, seed: u64, count: usize) -> Result<Vec<Sample>, RunError> {
        let latent = self.card.networks.latent;
        self.drawn(seed, count, |rng| random::uniform(rng, count * latent))
            .await
    }

    /// As [`sample`](Self::sample), from codes like those of the photographs that the model was trained on.
    ///
    /// # Errors
    /// The model does not know what those are like, and as there.
    pub async fn sample_like(&self, seed: u64, count: usize) -> Result<Vec<Sample>, RunError> {
        let photographs = self.photographs.as_ref().ok_or(RunError::NoPhotographs)?;
        self.drawn(seed, count, |rng| photographs.draw(rng, count))
            .await
    }

    async fn drawn(
        &self,
        seed: u64,
        count: usize,
        draw: impl FnOnce(&mut ChaCha8Rng) -> Vec<f32>,
    ) -> Result<Vec<Sample>, RunError> {
        match count {
            0 => Ok(Vec::new()),
            1..=MAX_SAMPLES => {
                let codes = draw(&mut ChaCha8Rng::seed_from_u64(seed));
                self.decode(&codes, true).await
            }
            _ => Err(RunError::TooMany(count)),
        }
    }

    /// The pictures of codes `[n, latent]`, flattened; judged by D where that is asked for and D has come.
    ///
    /// # Errors
    /// A count of numbers that makes no codes, more than 64 codes, the device fails, or G has not come.
    pub async fn decode(&self, codes: &[f32], judged: bool) -> Result<Vec<Sample>, RunError> {
        self.needs(Part::Generator, "generator")?;
        let count = self.count(codes)?;
        let judged = judged && self.judges();
        let (pictures, probabilities) = self.networks.decode(codes, judged).await?;
        let mut probabilities = probabilities.into_iter().map(Some).collect::<Vec<_>>();
        probabilities.resize(count, None);
        let pictures = pictures
            .chunks_exact(self.card.networks.values())
            .zip(probabilities);
        let codes = codes.chunks_exact(self.card.networks.latent);
        Ok(codes
            .zip(pictures)
            .map(|(code, (picture, probability))| Sample {
                code: code.to_vec(),
                image: images::from_signed(picture, self.side()),
                probability,
            })
            .collect())
    }

    /// G(z) of codes `[n, latent]`, flattened: `[n, 3, 64, 64]` in `[-1, 1]`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub async fn generate(&self, codes: &[f32]) -> Result<Vec<f32>, RunError> {
        self.needs(Part::Generator, "generator")?;
        self.count(codes)?;
        let (pictures, _) = self.networks.decode(codes, false).await?;
        Ok(pictures)
    }

    /// How many codes these numbers are.
    ///
    /// # Errors
    /// When they are no whole codes, or more than 64.
    pub fn count(&self, codes: &[f32]) -> Result<usize, RunError> {
        let latent = self.card.networks.latent;
        let count = codes.len() / latent;
        if count == 0 || !codes.len().is_multiple_of(latent) {
            return Err(RunError::NoCodes(codes.len(), latent));
        }
        match count > MAX_SAMPLES {
            true => Err(RunError::TooMany(count)),
            false => Ok(count),
        }
    }
}
