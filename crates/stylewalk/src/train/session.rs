//! The loop: batches in, steps, losses and snapshots out.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use bigan::{Losses, Trainer};
use images::RgbImage;
use kernels::OpenDevice;
use serde::Serialize;

use super::progress::Progress;
use super::run_dir::RunDir;
use super::sampler::Sampler;
use super::{RunConfig, snapshot};
use crate::{data, inference};

/// The photographs of a run.
pub struct Split {
    /// Trained on.
    pub train: Vec<RgbImage>,
    /// Shown in reconstruction grids; where the folder has no `test`, pictures of the training set.
    shown: Vec<RgbImage>,
}

/// Everything a run needs.
pub struct Session {
    dir: RunDir,
    config: RunConfig,
    photos: Split,
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

/// Loads the photographs that `config` names, saying which were refused.
pub fn load_photos(config: &RunConfig) -> Result<Split> {
    let fit = inference::fit(config.fit);
    let side = bigan::SIDE as u32;
    let load = |folder: &std::path::Path| -> Result<Vec<RgbImage>> {
        let photos = data::load_folder(folder, side, fit)?;
        for (path, reason) in &photos.refused {
            eprintln!("skipped {}: {reason}", path.display());
        }
        eprintln!(
            "{} photographs in {}",
            photos.pixels.len(),
            folder.display()
        );
        Ok(photos.pixels)
    };
    let (train, test) = (config.data.join("train"), config.data.join("test"));
    if !train.is_dir() {
        let train = load(&config.data)?;
        return Ok(Split {
            shown: train.clone(),
            train,
        });
    }
    let train = load(&train)?;
    let shown = if test.is_dir() {
        load(&test)?
    } else {
        train.clone()
    };
    Ok(Split { train, shown })
}

impl Session {
    pub fn new(
        dir: RunDir,
        config: RunConfig,
        photos: Split,
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
        let stop = stop_on_interrupt()?;
        let first = self.trainer.steps();
        let mut sampler = Sampler::new(
            self.config.seed,
            self.photos.train.len(),
            self.config.batch,
            self.config.flips,
        );
        let mut progress = Progress::new(first, self.config.steps, self.config.batch);
        let mut stats = self.dir.stats()?;
        let (mut since, mut last) = (Instant::now(), first);
        while self.trainer.steps() < self.config.steps && !stop.load(Ordering::Relaxed) {
            let step = self.step(&mut sampler)?;
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

    fn step(&mut self, sampler: &mut Sampler) -> Result<bigan::StepLosses> {
        let picks = sampler.batch(self.trainer.steps());
        let pictures: Vec<RgbImage> = picks
            .iter()
            .map(|pick| {
                let picture = &self.photos.train[pick.index];
                if pick.flip {
                    image::imageops::flip_horizontal(picture)
                } else {
                    picture.clone()
                }
            })
            .collect();
        let batch = inference::tensor(&pictures, &self.device.device);
        Ok(self.trainer.step(batch)?)
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

/// A flag that Ctrl-C sets. A second Ctrl-C ends the program at once.
pub fn stop_on_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = stop.clone();
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        eprintln!("stopping after this step; Ctrl-C again ends at once, without saving");
    })
    .context("could not listen for Ctrl-C")?;
    Ok(stop)
}
