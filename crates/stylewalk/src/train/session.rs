//! The loop: batches in, steps, losses and snapshots out.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use bigan::{Losses, Trainer};
use images::RgbImage;
use kernels::OpenDevice;
use serde::Serialize;

use super::batches::Batches;
use super::progress::Progress;
use super::run_dir::RunDir;
use super::sampler::Sampler;
use super::{RunConfig, snapshot};
use crate::data::{self, Store};
use crate::inference;
use crate::interrupt::stop_on_interrupt;

/// The photographs of a run.
pub struct Photos {
    /// Trained on.
    pub train: Arc<Store>,
    /// Shown in reconstruction grids: of those kept for testing, where there are any.
    shown: Vec<RgbImage>,
}

/// Everything a run needs.
pub struct Session {
    dir: RunDir,
    config: RunConfig,
    photos: Photos,
    trainer: Trainer,
    device: OpenDevice,
}

/// A line of `stats.jsonl`.
#[derive(Serialize)]
struct Stats {
    step: u64,
    #[serde(flatten)]
    losses: Losses,
    images_per_second: f64,
}

/// Opens the photographs that `config` names, saying which were refused.
pub fn load_photos(config: &RunConfig) -> Result<Photos> {
    let fit = inference::fit(config.fit);
    let splits = data::open_splits(&config.data, bigan::SIDE as u32, fit)?;
    for refused in &splits.refused {
        eprintln!("skipped {}: {}", refused.file, refused.reason);
    }
    let shown = splits.test.as_ref().unwrap_or(&splits.train);
    eprintln!(
        "{} photographs to train on and {} to test on in {}",
        splits.train.len(),
        splits.test.as_ref().map_or(0, Store::len),
        config.data.display()
    );
    Ok(Photos {
        shown: shown.spread(snapshot::RECONSTRUCTIONS)?,
        train: Arc::new(splits.train),
    })
}

impl Session {
    pub fn new(
        dir: RunDir,
        config: RunConfig,
        photos: Photos,
        trainer: Trainer,
        device: OpenDevice,
    ) -> Self {
        Self {
            dir,
            config,
            photos,
            trainer,
            device,
        }
    }

    /// Trains until the last step or Ctrl-C, and saves.
    pub fn train(mut self) -> Result<()> {
        let stop = stop_on_interrupt(
            "stopping after this step; Ctrl-C again ends at once, without saving",
        )?;
        let first = self.trainer.steps();
        let sampler = Sampler::new(
            self.config.seed,
            self.photos.train.len(),
            self.config.batch,
            self.config.flips,
        );
        let mut batches = Batches::new(&self.photos.train, sampler, first)?;
        let mut progress = Progress::new(first, self.config.steps, self.config.batch);
        let mut stats = self.dir.stats()?;
        let (mut since, mut last) = (Instant::now(), first);
        while self.trainer.steps() < self.config.steps && !stop.load(Ordering::Relaxed) {
            let batch = inference::batch(batches.next()?, &self.device.device);
            let step = self.trainer.step(batch)?;
            let done = self.trainer.steps();
            if done.is_multiple_of(self.config.log_every) || done == self.config.steps {
                let losses =
                    pollster::block_on(step.read()).context("the device failed while training")?;
                let rate = (done - last) as f64 / since.elapsed().as_secs_f64();
                self.report(&mut stats, &losses, rate)?;
                progress.report(done, &losses, rate);
                (since, last) = (Instant::now(), done);
            }
            if done.is_multiple_of(self.config.snapshot_every) {
                self.snapshot(&progress)?;
            }
        }
        if !self
            .trainer
            .steps()
            .is_multiple_of(self.config.snapshot_every)
        {
            self.snapshot(&progress)?;
        }
        progress.end();
        if stop.load(Ordering::Relaxed) {
            let path = self.dir.path().display();
            eprintln!("stopped; go on with `stylewalk resume {path}`");
        }
        Ok(())
    }

    /// Writes the losses down. Losses that are no numbers end the run: the last checkpoint is from before them.
    fn report(&self, stats: &mut impl Write, losses: &Losses, rate: f64) -> Result<()> {
        let step = self.trainer.steps();
        if !losses.is_finite() {
            let kept = self.dir.last_checkpoint().map_or_else(
                |_| "there is no checkpoint from before it".to_owned(),
                |path| format!("the last checkpoint from before it is {}", path.display()),
            );
            bail!("a loss is not a number at step {step}; {kept}");
        }
        let line = Stats {
            step,
            losses: *losses,
            images_per_second: rate * self.config.batch as f64,
        };
        writeln!(stats, "{}", serde_json::to_string(&line)?).context("could not write stats.jsonl")
    }

    fn snapshot(&self, progress: &Progress) -> Result<()> {
        let bigan = self.trainer.averaged();
        snapshot::write(
            &self.dir,
            self.trainer.steps(),
            &bigan,
            self.config.trainer.networks.latent,
            &self.photos.shown,
            self.config.seed,
            &self.device.device,
        )?;
        let path = self.dir.save(&self.trainer)?;
        progress.say(&format!("saved {}", path.display()));
        Ok(())
    }
}
