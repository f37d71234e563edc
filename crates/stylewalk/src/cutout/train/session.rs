//! A training under way: batches in, steps out.

use anyhow::Result;
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::cutout::{Cutout, CutoutTrainer, CutoutTrainerConfig};
use bigan::trainer::Sampler;
use bigan::{CheckpointError, SIDE};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::pairs::Pairs;
use super::view::View;
use crate::unfinished::{Learning, Unfinished};

/// The streams that views are drawn from, apart from those of the order.
const VIEWS: u64 = 1 << 63;

/// A training in progress.
pub struct Session<'a> {
    config: CutoutTrainerConfig,
    pairs: &'a Pairs,
    /// Tells the photographs and masks from any others.
    mark: String,
    trainer: CutoutTrainer,
    sampler: Sampler,
    device: &'a Device,
}

impl<'a> Session<'a> {
    /// A training about to begin, or to go on from what `unfinished` holds of it.
    ///
    /// # Errors
    /// What it holds is damaged, or of other settings or photographs.
    pub fn open(
        config: CutoutTrainerConfig,
        pairs: &'a Pairs,
        unfinished: &Unfinished,
        device: &'a Device,
    ) -> Result<Self> {
        let mark = pairs.mark();
        let resumed = unfinished.resume(Self::FILES, |files| {
            CutoutTrainer::resume(config, &mark, files, device)
        })?;
        Ok(Self {
            trainer: resumed.unwrap_or_else(|| CutoutTrainer::new(config, device)),
            sampler: Sampler::new(config.seed, pairs.train.len(), config.batch, false),
            config,
            pairs,
            mark,
            device,
        })
    }

    /// The network as it is now.
    pub fn network(&self) -> Cutout {
        self.trainer.network()
    }

    /// The views of step `step` and their masks, which seed and step alone decide.
    fn batch(&mut self, step: u64) -> (Tensor<4>, Tensor<4>) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        rng.set_stream(VIEWS + step);
        let picks = self.sampler.batch(step).into_iter();
        let drawn: Vec<_> = picks
            .map(|pick| (&self.pairs.train[pick.index], View::draw(&mut rng)))
            .collect();
        let seen: Vec<_> = drawn.par_iter().map(|(pair, view)| view.of(pair)).collect();
        let (pictures, masks): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
        let masks = TensorData::new(masks.concat(), [self.config.batch, 1, SIDE, SIDE]);
        (
            bigan::pictures::tensor(pictures.concat(), SIDE, self.device),
            Tensor::from_data(masks, self.device),
        )
    }
}

impl Learning for Session<'_> {
    const FILES: [&'static str; 3] = CutoutTrainer::FILES;

    fn steps(&self) -> u64 {
        self.trainer.steps()
    }

    fn step(&mut self) -> Tensor<1> {
        let (pictures, masks) = self.batch(self.trainer.steps());
        self.trainer.step(pictures, masks)
    }

    fn checkpoint(&self) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
        pollster::block_on(self.trainer.checkpoint(&self.mark))
    }
}
