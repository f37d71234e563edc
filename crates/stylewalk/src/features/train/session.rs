//! A training under way: batches in, steps out.

use anyhow::Result;
use bigan::CheckpointError;
use bigan::burn::tensor::{Device, Tensor};
use bigan::features::{Classifier, ClassifierTrainer, ClassifierTrainerConfig};
use bigan::pictures::pack;
use bigan::trainer::{Pick, Sampler};
use image::imageops::flip_horizontal;
use images::RgbImage;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::labelled::Labelled;
use super::shift;
use crate::unfinished::{Learning, Unfinished};

/// The streams that shifts are drawn from, apart from those of order and mirroring.
const SHIFTS: u64 = 1 << 63;

/// A training in progress.
pub struct Session<'a> {
    config: ClassifierTrainerConfig,
    photos: &'a Labelled,
    /// Tells the photographs from any others.
    mark: String,
    trainer: ClassifierTrainer,
    sampler: Sampler,
    device: &'a Device,
}

impl<'a> Session<'a> {
    /// A training about to begin, or to go on from what `unfinished` holds of it.
    ///
    /// # Errors
    /// What it holds is damaged, or of other settings or photographs.
    pub fn open(
        config: ClassifierTrainerConfig,
        photos: &'a Labelled,
        unfinished: &Unfinished,
        device: &'a Device,
    ) -> Result<Self> {
        let mark = photos.mark();
        let resumed = unfinished.resume(Self::FILES, |files| {
            ClassifierTrainer::resume(config, &mark, files, device)
        })?;
        Ok(Self {
            trainer: resumed.unwrap_or_else(|| ClassifierTrainer::new(config, device)),
            sampler: Sampler::new(config.seed, photos.train.len(), config.batch, true),
            config,
            photos,
            mark,
            device,
        })
    }

    /// The network as it is now.
    pub fn network(&self) -> Classifier {
        self.trainer.network()
    }

    /// The pictures of step `step`, mirrored and moved, and their classes: seed and step alone decide.
    fn batch(&mut self, step: u64) -> (Vec<RgbImage>, Vec<usize>) {
        let mut shifts = ChaCha8Rng::seed_from_u64(self.config.seed);
        shifts.set_stream(SHIFTS + step);
        let picks = self.sampler.batch(step);
        let make = |Pick { index, flip }: Pick| {
            let (picture, class) = &self.photos.train[index];
            let moved = shift::shifted(picture, shift::draw(&mut shifts));
            (if flip { flip_horizontal(&moved) } else { moved }, *class)
        };
        picks.into_iter().map(make).unzip()
    }
}

impl Learning for Session<'_> {
    const FILES: [&'static str; 3] = ClassifierTrainer::FILES;

    fn steps(&self) -> u64 {
        self.trainer.steps()
    }

    fn step(&mut self) -> Tensor<1> {
        let (pictures, labels) = self.batch(self.trainer.steps());
        self.trainer.step(pack(&pictures, self.device), &labels)
    }

    fn checkpoint(&self) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
        pollster::block_on(self.trainer.checkpoint(&self.mark))
    }
}
