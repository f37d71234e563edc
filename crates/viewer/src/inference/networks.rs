//! The networks, wherever they are computed.

use super::layers::Rebuilt;
use super::{Graphics, Modules, Processor};
use crate::ViewerError;

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
    pub async fn reconstruct(&self, picture: Vec<f32>) -> Result<Rebuilt, ViewerError> {
        match self {
            Self::Processor(processor) => processor.reconstruct(picture),
            Self::Graph(graphics) => graphics.reconstruct(&picture).await,
            Self::Burn(modules) => modules.reconstruct(picture).await,
        }
    }

    /// Pictures `[n, 3, 64, 64]` through E and G alone: codes `[n, latent]` and pictures again.
    pub async fn rebuild(&self, pictures: Vec<f32>) -> Result<(Vec<f32>, Vec<f32>), ViewerError> {
        match self {
            Self::Processor(processor) => Ok(processor.rebuild(&pictures)),
            Self::Graph(graphics) => graphics.rebuild(&pictures).await,
            Self::Burn(modules) => modules.rebuild(pictures).await,
        }
    }

    /// `count` codes through G and, if `judged`, D: pictures `[count, 3, 64, 64]`, and D's probabilities or none.
    pub async fn decode(
        &self,
        codes: &[f32],
        count: usize,
        judged: bool,
    ) -> Result<(Vec<f32>, Vec<f32>), ViewerError> {
        match self {
            Self::Processor(processor) => Ok(processor.decode(codes, judged)),
            Self::Graph(graphics) => graphics.decode(codes, judged).await,
            Self::Burn(modules) => modules.decode(codes, count, judged).await,
        }
    }

    /// D's probabilities for (x, z) and (G(z), z), of one picture and one code.
    pub async fn judge(&self, picture: &[f32], code: &[f32]) -> Result<[f32; 2], ViewerError> {
        let found = match self {
            Self::Processor(processor) => processor.judge_with(picture, code),
            Self::Graph(graphics) => graphics.judge_with(picture, code).await?,
            Self::Burn(modules) => modules.judge_with(picture, code).await?,
        };
        let few = |_| ViewerError::device("it answered with too few numbers".to_owned());
        found.try_into().map_err(few)
    }
}
