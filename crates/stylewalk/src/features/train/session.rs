//! The loop: batches in, steps out.

use std::io::IsTerminal;
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::Device;
use bigan::features::{Classifier, ClassifierTrainer, ClassifierTrainerConfig};
use bigan::pictures::pack;
use bigan::trainer::{Pick, Sampler};
use image::imageops::flip_horizontal;
use images::RgbImage;
use indicatif::{ProgressBar, ProgressStyle};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::labelled::Labelled;
use super::shift;
use crate::interrupt::stop_on_interrupt;

/// Steps between looks at the loss.
const LOOK_EVERY: u64 = 20;
/// Steps between lines where there is no terminal for a bar.
const LINE_EVERY: u64 = 100;
/// The stream that shifts are drawn from, apart from those of order and mirroring.
const SHIFTS: u64 = 1 << 63;

/// A training in progress.
pub struct Session<'a> {
    photos: &'a Labelled,
    trainer: ClassifierTrainer,
    sampler: Sampler,
    shifts: ChaCha8Rng,
    steps: u64,
    device: &'a Device,
}

impl<'a> Session<'a> {
    /// A training about to begin, with `batch` pictures a step; `seed` sets first weights, order, mirroring and shifts.
    pub fn new(
        config: ClassifierTrainerConfig,
        photos: &'a Labelled,
        batch: usize,
        seed: u64,
        device: &'a Device,
    ) -> Self {
        let mut shifts = ChaCha8Rng::seed_from_u64(seed);
        shifts.set_stream(SHIFTS);
        Self {
            photos,
            steps: config.steps,
            trainer: ClassifierTrainer::new(config, seed, device),
            sampler: Sampler::new(seed, photos.train.len(), batch, true),
            shifts,
            device,
        }
    }

    /// Trains until the last step or Ctrl-C. Returns the network and how many steps it took.
    pub fn train(mut self) -> Result<(Classifier, u64)> {
        let stop = stop_on_interrupt(
            "stopping after this step; Ctrl-C again ends at once, without saving",
        )?;
        let bar = ProgressBar::new(self.steps);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} left {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        let plain = !std::io::stderr().is_terminal();
        while self.trainer.steps() < self.steps && !stop.load(Ordering::Relaxed) {
            let step = self.trainer.steps();
            let (pictures, labels) = self.batch(step);
            let pictures = pack(&pictures, self.device);
            let loss = self.trainer.step(pictures, &labels);
            if step.is_multiple_of(LOOK_EVERY) || step + 1 == self.steps {
                let loss = loss.try_into_scalar::<f32>();
                let loss = loss.context("the device failed while training")?;
                ensure!(
                    loss.is_finite(),
                    "the loss is not a number at step {step}; take a lower --learning-rate"
                );
                if plain && step.is_multiple_of(LINE_EVERY) {
                    eprintln!("step {step}/{}  loss {loss:.3}", self.steps);
                }
                bar.set_message(format!("loss {loss:.3}"));
            }
            bar.inc(1);
        }
        bar.abandon();
        Ok((self.trainer.network(), self.trainer.steps()))
    }

    /// The pictures of step `step`, mirrored and moved at random, and their classes.
    fn batch(&mut self, step: u64) -> (Vec<RgbImage>, Vec<usize>) {
        let picks = self.sampler.batch(step);
        let make = |Pick { index, flip }: Pick| {
            let (picture, class) = &self.photos.train[index];
            let moved = shift::shifted(picture, shift::draw(&mut self.shifts));
            (if flip { flip_horizontal(&moved) } else { moved }, *class)
        };
        picks.into_iter().map(make).unzip()
    }
}
