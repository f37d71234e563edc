//! The networks, wherever they are computed.

use super::layers::Rebuilt;
use super::{Graphics, Modules, Processor};
use crate::WebError;

/// What computes.
#[derive(Debug)]
pub(super) enum Networks {
    /// Our own code on the CPU.
    Processor(Box<Processor>),
    /// Our own graph on a GPU.
    Graph(Box<Graphics>),
    /// Burn, for networks with layers that neither knows.
    Burn(Box<Modules>),
}

impl Networks {
    /// One picture `[3, 64, 64]` in `[-1, 1]` through E and G, both pictures judged by D.
    pub async fn reconstruct(&self, picture: Vec<f32>) -> Result<Rebuilt, WebError> {
        match self {
            Self::Processor(processor) => processor.reconstruct(picture),
            Self::Graph(graphics) => graphics.reconstruct(&picture).await,
            Self::Burn(modules) => modules.reconstruct(picture).await,
        }
    }

    /// The code of one picture: E alone.
    pub async fn encode(&self, picture: Vec<f32>) -> Result<Vec<f32>, WebError> {
        match self {
            Self::Processor(processor) => Ok(processor.encode(&picture)),
            Self::Graph(graphics) => graphics.encode(&picture).await,
            Self::Burn(modules) => modules.encode(picture).await,
        }
    }

    /// Pictures `[n, 3, 64, 64]` through E and G alone.
    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<Vec<f32>, WebError> {
        match self {
            Self::Processor(processor) => Ok(processor.generate(&processor.encode(&pictures))),
            Self::Graph(graphics) => graphics.rebuild(&pictures).await,
            Self::Burn(modules) => modules.rebuild(pictures).await,
        }
    }

    /// `count` codes through G and, where scores are asked for, D: pictures `[count, 3, 64, 64]` and `count` scores or none.
    pub async fn decode(
        &self,
        codes: &[f32],
        count: usize,
        scores: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), WebError> {
        match self {
            Self::Processor(processor) => Ok(processor.decode(codes, scores)),
            Self::Graph(graphics) => graphics.decode(codes, scores).await,
            Self::Burn(modules) => modules.decode(codes, count, scores).await,
        }
    }
}
