//! E, G and D on the CPU, without Burn: see `kernels::inference::Chain`.

use bigan::folded::{Plans, chain};
use bigan::{Bigan, Folded, NetworkConfig};
use kernels::inference::Chain;

use super::layers::{Rebuilt, sigmoid};
use super::{CHUNK, PIXELS};
use crate::ViewerError;

/// The networks of one model.
#[derive(Debug)]
pub(super) struct Processor {
    encoder: Chain,
    generator: Chain,
    pictures: Chain,
    codes: Chain,
    joint: Chain,
    config: NetworkConfig,
}

impl Processor {
    /// Of networks on the CPU with these settings. `None` where they have a layer that only Burn computes.
    pub fn new(networks: &Bigan, config: &NetworkConfig) -> Result<Option<Self>, ViewerError> {
        let Some(plans) = Plans::new(config) else {
            return Ok(None);
        };
        let folded = networks.folded(&plans).map_err(ViewerError::device)?;
        let Folded {
            encoder,
            generator,
            pictures,
            codes,
            joint,
        } = folded;
        Ok(Some(Self {
            encoder: chain(&plans.encoder, &encoder),
            generator: chain(&plans.generator, &generator),
            pictures: chain(&plans.pictures, &pictures),
            codes: chain(&plans.codes, &codes),
            joint: chain(&plans.joint, &joint),
            config: *config,
        }))
    }

    /// Pictures `[n, 3, 64, 64]` in `[-1, 1]` to codes `[n, latent]`.
    fn encode(&self, pictures: &[f32]) -> Vec<f32> {
        in_chunks(pictures, PIXELS, |chunk| self.encoder.run(chunk))
    }

    /// Codes `[n, latent]` to pictures `[n, 3, 64, 64]`.
    pub fn generate(&self, codes: &[f32]) -> Vec<f32> {
        in_chunks(codes, self.config.latent, |chunk| self.generator.run(chunk))
    }

    /// Pictures `[n, 3, 64, 64]` to codes `[n, latent]` and pictures again.
    pub fn rebuild(&self, pictures: &[f32]) -> (Vec<f32>, Vec<f32>) {
        let codes = self.encode(pictures);
        let rebuilt = self.generate(&codes);
        (codes, rebuilt)
    }

    /// Codes `[n, latent]` to pictures `[n, 3, 64, 64]` and, if `judged`, D's probabilities.
    pub fn decode(&self, codes: &[f32], judged: bool) -> (Vec<f32>, Vec<f32>) {
        let pictures = self.generate(codes);
        let probabilities = match judged {
            true => self.judge(&pictures, codes),
            false => Vec::new(),
        };
        (pictures, probabilities)
    }

    /// D's probabilities for pairs of pictures and codes.
    fn judge(&self, pictures: &[f32], codes: &[f32]) -> Vec<f32> {
        let latent = self.config.latent;
        let chunks = pictures.chunks(CHUNK * PIXELS);
        let logits = chunks
            .zip(codes.chunks(CHUNK * latent))
            .map(|(pictures, codes)| {
                let (seen, read) = (self.pictures.run(pictures), self.codes.run(codes));
                // Of a sample, what D sees in the picture and what it reads in the code.
                let [seen_size, read_size] = [32, 4].map(|size| size * self.config.width);
                let pairs = seen.chunks(seen_size).zip(read.chunks(read_size));
                let both: Vec<f32> = pairs
                    .flat_map(|(seen, read)| [seen, read].concat())
                    .collect();
                self.joint.run(&both)
            });
        logits.flatten().map(sigmoid).collect()
    }

    /// D's probabilities for one picture with a code, and for G's picture of that code with it.
    pub fn judge_with(&self, picture: &[f32], code: &[f32]) -> Vec<f32> {
        let pictures = [picture, &self.generate(code)].concat();
        self.judge(&pictures, &[code, code].concat())
    }

    /// One picture through E and G, both pictures judged by D.
    pub fn reconstruct(&self, picture: Vec<f32>) -> Result<Rebuilt, ViewerError> {
        let (latent, made) = self.rebuild(&picture);
        let pictures = [picture, made.clone()].concat();
        let probabilities = self.judge(&pictures, &[latent.clone(), latent.clone()].concat());
        let [probability_original, probability] = probabilities[..] else {
            return Err(ViewerError::device(
                "it answered with too few numbers".to_owned(),
            ));
        };
        Ok(Rebuilt {
            picture: made,
            latent,
            probability,
            probability_original,
        })
    }
}

/// `work` on a few samples of `size` values at a time, so that activations do not grow with the request.
fn in_chunks(values: &[f32], size: usize, work: impl Fn(&[f32]) -> Vec<f32>) -> Vec<f32> {
    values.chunks(CHUNK * size).flat_map(work).collect()
}
