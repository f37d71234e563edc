//! E, G and D of one model on a device. Each is there once its weights have come.

mod graphics;
mod processor;

use std::rc::Rc;

pub use graphics::Graphics;
pub use processor::Processor;

use crate::config::NetworkConfig;
use crate::gpu::{InferenceError, Pipelines};
use crate::weights::{ModelError, Precision};

/// Samples that go through the networks at a time: bounds the memory of activations, and keeps a GPU busy.
const CHUNK: usize = 16;

/// One of the three networks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// G.
    Generator,
    /// E.
    Encoder,
    /// D.
    Discriminator,
}

impl Part {
    /// In the order of [`FILES`](crate::weights::FILES).
    pub const ALL: [Self; 3] = [Self::Generator, Self::Encoder, Self::Discriminator];
}

/// Where the networks are computed.
#[derive(Debug)]
pub enum Networks {
    /// On the CPU.
    Processor(Box<Processor>),
    /// On a GPU.
    Graphics(Box<Graphics>),
}

/// D's probabilities, from 0 to 1, that E made a pair from a real picture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Judgement {
    /// For (x, E(x)).
    pub original: f32,
    /// For (G(E(x)), E(x)).
    pub reconstruction: f32,
}

/// A picture through E and G.
#[derive(Debug, Clone, PartialEq)]
pub struct Rebuilt {
    /// G(E(x)), `[3, 64, 64]` in `[-1, 1]`.
    pub picture: Vec<f32>,
    /// E(x), `[latent]`.
    pub code: Vec<f32>,
    /// What D says; none where it was not asked.
    pub judgement: Option<Judgement>,
}

impl Networks {
    /// Networks with these settings, their weights not there yet: on the CPU, or on a GPU, whose shaders are being
    /// compiled from now on.
    ///
    /// # Errors
    /// When the GPU does not take buffers of that size.
    pub fn new(
        config: &NetworkConfig,
        pipelines: Option<Rc<Pipelines>>,
    ) -> Result<Self, InferenceError> {
        Ok(match pipelines {
            Some(pipelines) => Self::Graphics(Box::new(Graphics::new(pipelines, config)?)),
            None => Self::Processor(Box::new(Processor::new(config))),
        })
    }

    /// Takes one network's weights out of the contents of its file, stored as `precision`.
    ///
    /// # Errors
    /// Names the tensor that is missing, unknown, of another shape or type, or not finite.
    pub fn fill(
        &mut self,
        part: Part,
        bytes: &[u8],
        precision: Precision,
    ) -> Result<(), ModelError> {
        match self {
            Self::Processor(processor) => processor.fill(part, bytes, precision),
            Self::Graphics(graphics) => graphics.fill(part, bytes, precision),
        }
    }

    /// One picture `[3, 64, 64]` in `[-1, 1]` through E and G; if `judged`, D judges both pictures.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn reconstruct(
        &self,
        picture: &[f32],
        judged: bool,
    ) -> Result<Rebuilt, InferenceError> {
        match self {
            Self::Processor(processor) => Ok(processor.reconstruct(picture, judged)),
            Self::Graphics(graphics) => graphics.reconstruct(picture, judged).await,
        }
    }

    /// Pictures `[n, 3, 64, 64]` through E: codes `[n, latent]`.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn encode(&self, pictures: &[f32]) -> Result<Vec<f32>, InferenceError> {
        match self {
            Self::Processor(processor) => Ok(processor.encode(pictures)),
            Self::Graphics(graphics) => graphics.encode(pictures).await,
        }
    }

    /// D's probabilities for a batch of pairs: pictures `[n, 3, 64, 64]` and codes `[n, latent]`.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn judge(&self, pictures: &[f32], codes: &[f32]) -> Result<Vec<f32>, InferenceError> {
        match self {
            Self::Processor(processor) => Ok(processor.judge(pictures, codes)),
            Self::Graphics(graphics) => graphics.judge(pictures, codes).await,
        }
    }

    /// Pictures `[n, 3, 64, 64]` through E and G: codes `[n, latent]` and pictures again.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn rebuild(&self, pictures: &[f32]) -> Result<(Vec<f32>, Vec<f32>), InferenceError> {
        match self {
            Self::Processor(processor) => Ok(processor.rebuild(pictures)),
            Self::Graphics(graphics) => graphics.rebuild(pictures).await,
        }
    }

    /// Codes `[n, latent]` through G and, if `judged`, D: pictures `[n, 3, 64, 64]`, and D's probabilities or none.
    ///
    /// # Errors
    /// When the device was lost.
    pub async fn decode(
        &self,
        codes: &[f32],
        judged: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), InferenceError> {
        match self {
            Self::Processor(processor) => Ok(processor.decode(codes, judged)),
            Self::Graphics(graphics) => graphics.decode(codes, judged).await,
        }
    }
}

/// D's probability, from its logit.
fn sigmoid(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}
