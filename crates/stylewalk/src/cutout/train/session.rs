//! The loop: batches in, steps out, and a checkpoint now and then.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;

use anyhow::{Context, Result, ensure};
use bigan::SIDE;
use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::cutout::{Cutout, CutoutTrainer, CutoutTrainerConfig};
use bigan::trainer::Sampler;
use indicatif::{ProgressBar, ProgressStyle};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::super::unfinished;
use super::pairs::Pair;
use super::view::View;
use crate::files::{self, Lock};
use crate::interrupt::stop_on_interrupt;
use crate::train::Trouble;

/// Steps between looks at the loss.
const LOOK_EVERY: u64 = 20;
/// Steps between lines where there is no terminal for a bar.
const LINE_EVERY: u64 = 100;
/// Steps between checkpoints: a quarter of a minute of work.
const SAVE_EVERY: u64 = 250;
/// The file that a program at work locks, hidden since the folder is published afterwards.
const LOCK: &str = ".lock";
/// The streams that views are drawn from, apart from those of the order.
const VIEWS: u64 = 1 << 63;

/// A training in progress.
pub struct Session<'a> {
    config: CutoutTrainerConfig,
    pairs: &'a [Pair],
    trainer: CutoutTrainer,
    sampler: Sampler,
    checkpoint: PathBuf,
    device: &'a Device,
}

/// A training that Ctrl-C ended early, saved.
pub struct Stopped {
    /// Steps taken.
    pub step: u64,
}

impl<'a> Session<'a> {
    /// A training about to begin, or to go on from what `out` holds of it.
    ///
    /// # Errors
    /// What it holds is damaged, or of other settings.
    pub fn open(
        config: CutoutTrainerConfig,
        pairs: &'a [Pair],
        out: &Path,
        device: &'a Device,
    ) -> Result<Self> {
        let checkpoint = unfinished(out);
        let trainer = match checkpoint.is_dir() {
            true => resume(config, &checkpoint, device)?,
            false => CutoutTrainer::new(config, device),
        };
        Ok(Self {
            sampler: Sampler::new(config.seed, pairs.len(), config.batch, false),
            config,
            pairs,
            trainer,
            checkpoint,
            device,
        })
    }

    /// Trains until the last step or Ctrl-C.
    ///
    /// # Errors
    /// The device fails, the loss is no number, or the step at which it was to stop cannot be saved.
    pub fn train(mut self) -> Result<Result<Cutout, Stopped>> {
        let stop = stop_on_interrupt(
            "stopping after this step; Ctrl-C again ends at once, without saving",
        )?;
        let steps = self.config.steps;
        let bar = ProgressBar::new(steps);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} left {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_position(self.trainer.steps());
        let mut trouble = Trouble::until("checkpoints can be written again");
        while self.trainer.steps() < steps {
            if stop.load(Ordering::Relaxed) {
                bar.abandon();
                self.save()?;
                return Ok(Err(Stopped {
                    step: self.trainer.steps(),
                }));
            }
            self.step(&bar)?;
            if self.trainer.steps().is_multiple_of(SAVE_EVERY) {
                let saved = self.save();
                trouble.see(saved, |line| bar.suspend(|| eprintln!("{line}")));
            }
        }
        bar.abandon();
        Ok(Ok(self.trainer.network()))
    }

    fn step(&mut self, bar: &ProgressBar) -> Result<()> {
        let (step, steps) = (self.trainer.steps(), self.config.steps);
        let (pictures, masks) = self.batch(step);
        let loss = self.trainer.step(pictures, masks);
        bar.inc(1);
        if step.is_multiple_of(LOOK_EVERY) || step + 1 == steps {
            let loss = loss.try_into_scalar::<f32>();
            let loss = loss.context("the device failed while training")?;
            ensure!(
                loss.is_finite(),
                "the loss is not a number at step {step}; take a lower --learning-rate"
            );
            if !std::io::stderr().is_terminal() && step.is_multiple_of(LINE_EVERY) {
                eprintln!("step {step}/{steps}  loss {loss:.3}");
            }
            bar.set_message(format!("loss {loss:.3}"));
        }
        Ok(())
    }

    /// The views of step `step` and their masks, which seed and step alone decide.
    fn batch(&mut self, step: u64) -> (Tensor<4>, Tensor<4>) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.config.seed);
        rng.set_stream(VIEWS + step);
        let picks = self.sampler.batch(step).into_iter();
        let drawn: Vec<_> = picks
            .map(|pick| (&self.pairs[pick.index], View::draw(&mut rng)))
            .collect();
        let seen: Vec<_> = drawn.par_iter().map(|(pair, view)| view.of(pair)).collect();
        let (pictures, masks): (Vec<_>, Vec<_>) = seen.into_iter().unzip();
        let masks = TensorData::new(masks.concat(), [self.config.batch, 1, SIDE, SIDE]);
        (
            bigan::pictures::tensor(pictures.concat(), SIDE, self.device),
            Tensor::from_data(masks, self.device),
        )
    }

    fn save(&self) -> Result<()> {
        let state = pollster::block_on(self.trainer.checkpoint())?;
        files::write_dir(&self.checkpoint, &state)
    }
}

/// Locks a training in `out` for this program.
///
/// # Errors
/// Another program is training there.
pub fn lock(out: &Path) -> Result<Lock> {
    std::fs::create_dir_all(out).with_context(|| format!("could not make {}", out.display()))?;
    files::lock(&out.join(LOCK))?.with_context(|| {
        let out = out.display();
        format!("another program is training in {out}; wait for it, or stop it")
    })
}

/// Removes what a training in `out` kept to go on from; what others keep there stays.
pub fn remove_checkpoint(out: &Path) -> Result<()> {
    let checkpoint = unfinished(out);
    for name in CutoutTrainer::FILES {
        files::remove_if_there(&checkpoint.join(name))?;
    }
    files::remove_if_there(&out.join(LOCK))?;
    files::remove_dir_if_empty(&checkpoint);
    Ok(())
}

fn resume(
    config: CutoutTrainerConfig,
    checkpoint: &Path,
    device: &Device,
) -> Result<CutoutTrainer> {
    let inner = || -> Result<CutoutTrainer> {
        let mut contents = Vec::new();
        for name in CutoutTrainer::FILES {
            contents.push((name, files::read(&checkpoint.join(name))?));
        }
        let borrowed: Vec<_> = contents
            .iter()
            .map(|(n, bytes)| (*n, bytes.as_slice()))
            .collect();
        Ok(CutoutTrainer::resume(config, &borrowed, device)?)
    };
    let trainer = inner().with_context(|| {
        let folder = checkpoint.display();
        format!("the training in {folder} cannot go on; delete that folder to begin anew")
    })?;
    eprintln!("going on from step {}", trainer.steps());
    Ok(trainer)
}
