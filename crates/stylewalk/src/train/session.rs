//! The loop: batches in, steps, losses and snapshots out.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};
use bigan::cutout::Preprocess;
use bigan::trainer::Sampler;
use bigan::trainer::watch::{self, CollapseWatch, Health, RunawayWatch, Warning};
use bigan::{Losses, RunConfig, Trainer, pictures};
use images::RgbImage;
use kernels::OpenDevice;

use super::journal::{Journal, Line};
use super::progress::Progress;
use super::run_dir::RunDir;
use super::snapshot;
use crate::data::{self, Batches, Store};
use crate::files;
use crate::interrupt::stop_on_interrupt;
use crate::networks::Networks;

/// The photographs of a run.
pub struct Photos {
    /// Trained on.
    pub train: Arc<Store>,
    /// Shown in reconstruction grids: of those kept for testing, where there are any.
    shown: Vec<RgbImage>,
    /// Mean distance between photographs, which that between samples is compared with.
    apart: f64,
}

/// Everything a run needs.
pub struct Session {
    dir: RunDir,
    config: RunConfig,
    photos: Photos,
    trainer: Trainer,
    device: OpenDevice,
    collapse: CollapseWatch,
    runaway: RunawayWatch,
    /// The losses of the last report are far above what they were.
    suspect: bool,
}

/// The folder of photographs to show and to test with: `test`, else the training photographs.
pub fn test_folder(data: &Path) -> PathBuf {
    let splits = ["test", "train"].map(|split| data.join(split));
    let found = splits.into_iter().find(|split| split.is_dir());
    found.unwrap_or_else(|| data.to_owned())
}

/// Opens the photographs that `config` names, as `preprocess` makes them, saying which were refused.
pub fn load_photos(config: &RunConfig, preprocess: &Preprocess) -> Result<Photos> {
    let splits = data::open_splits(&config.data, preprocess)?;
    for refused in &splits.refused {
        eprintln!("skipped {refused}");
    }
    let shown = splits.test.as_ref().unwrap_or(&splits.train);
    eprintln!(
        "{} photographs to train on and {} to test on in {}",
        splits.train.len(),
        splits.test.as_ref().map_or(0, Store::len),
        config.data.display()
    );
    Ok(Photos {
        apart: images::mean_distance(&splits.train.spread(watch::PHOTOGRAPHS)?),
        shown: shown.spread(snapshot::RECONSTRUCTIONS)?,
        train: Arc::new(splits.train),
    })
}

impl Session {
    /// A run about to start or to resume.
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
            collapse: CollapseWatch::default(),
            runaway: RunawayWatch::default(),
            suspect: false,
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
        let mut journal = Journal::open(&self.dir, first)?;
        let (mut since, mut last) = (Instant::now(), first);
        // Once Ctrl-C was seen, the step that ended with it is kept.
        let mut ends = first >= self.config.steps;
        while !ends {
            let batch = pictures::tensor(batches.next()?, &self.device.device);
            let step = self.trainer.step(batch)?;
            let done = self.trainer.steps();
            ends = done == self.config.steps || stop.load(Ordering::Relaxed);
            let due = |every: u64| done.is_multiple_of(every);
            let keeps = ends || due(self.config.snapshot_every);
            // The losses decide whether the step is saved.
            if keeps || due(self.config.log_every) || due(self.config.watch_every) {
                let losses =
                    pollster::block_on(step.read()).context("the device failed while training")?;
                let rate = (done - last) as f64 / since.elapsed().as_secs_f64();
                self.report(&mut journal, &mut progress, &losses, rate)?;
                (since, last) = (Instant::now(), done);
            }
            if keeps {
                self.snapshot(&mut journal, &progress)?;
            }
        }
        progress.end();
        if stop.load(Ordering::Relaxed) {
            let path = self.dir.path().display();
            eprintln!("stopped; resume with `stylewalk resume {path}`");
        }
        Ok(())
    }

    /// Records the losses, and ends the run when one of them is not a number.
    fn report(
        &mut self,
        journal: &mut Journal,
        progress: &mut Progress,
        losses: &Losses,
        rate: f64,
    ) -> Result<()> {
        let step = self.trainer.steps();
        let health = self.runaway.see(losses);
        if health == Health::NotFinite {
            bail!(
                "a loss is not a number at step {step}; {}; a smaller --learning-rate may hold it",
                self.last_good()
            );
        }
        let diversity = match step.is_multiple_of(self.config.watch_every) {
            true => self.diversity()?,
            false => None,
        };
        journal.write(&Line {
            step,
            losses: *losses,
            images_per_second: rate * self.config.batch as f64,
            diversity,
        })?;
        progress.report(step, losses, rate);
        if let Some(diversity) = diversity
            && let Some(warning) = self.collapse.see(step, diversity)
        {
            progress.say(&sentence(warning, step, diversity));
        }
        if let Health::Lost(loss) = health {
            bail!(
                "training ran away: at step {step} the discriminator's loss, or that against it, is {loss:.0}; {}; a \
                 smaller --learning-rate may hold it",
                self.last_good()
            );
        }
        if let Health::Runaway(median) = health {
            bail!(
                "training ran away: at step {step} the total loss is {:.3}, and for {} reports it has been above {} times \
                 its median of {median:.3}; {}; a smaller --learning-rate may hold it",
                losses.total,
                watch::PATIENCE,
                watch::MULTIPLE,
                self.last_good()
            );
        }
        self.suspect = health == Health::Suspect;
        Ok(())
    }

    /// The networks as they would be published.
    fn averaged(&self) -> Networks {
        let latent = self.config.trainer.networks.latent;
        Networks::training(&self.trainer.averaged(), latent, &self.device.device)
    }

    /// How far apart samples are, over how far apart photographs are; none where photographs are all the same.
    fn diversity(&self) -> Result<Option<f64>> {
        if self.photos.apart.is_nan() || self.photos.apart <= 0.0 {
            return Ok(None);
        }
        let made = self.averaged().sample(watch::SAMPLES, self.config.seed)?;
        let pictures: Vec<RgbImage> = made.into_iter().map(|made| made.picture).collect();
        Ok(Some(images::mean_distance(&pictures) / self.photos.apart))
    }

    /// Saves a checkpoint and grids, unless the losses are far above what they were: a bad checkpoint must not replace a
    /// good one.
    fn snapshot(&self, journal: &mut Journal, progress: &Progress) -> Result<()> {
        let step = self.trainer.steps();
        if self.suspect {
            progress.say(&format!(
                "step {step} is not saved: its losses are far above those of a training that goes well; {}",
                self.last_good()
            ));
            return Ok(());
        }
        let saved = self.dir.save(&self.trainer);
        let path = saved.map_err(|error| anyhow!("{error:#}; {}", self.last_good()))?;
        progress.say(&format!("saved {}", path.display()));
        let grids = snapshot::grids(&self.averaged(), &self.photos.shown, self.config.seed)?;
        for (name, grid) in grids {
            files::write(&self.dir.sample(step, name), &images::png(&grid))?;
            journal.picture(step, name, &grid)?;
        }
        Ok(())
    }

    /// Says where the last checkpoint is.
    fn last_good(&self) -> String {
        self.dir.last_checkpoint().map_or_else(
            |_| "there is no checkpoint from before it".to_owned(),
            |path| format!("the last checkpoint from before it is {}", path.display()),
        )
    }
}

/// What to tell of samples that are alike, or noise.
fn sentence(warning: Warning, step: u64, diversity: f64) -> String {
    let differ = format!(
        "at step {step} samples differ {:.0} % as much as photographs do",
        100.0 * diversity
    );
    match warning {
        Warning::Collapse => format!(
            "warning: mode collapse: {differ}; a larger --l1, the weight of L_AD, holds against it"
        ),
        Warning::Noise => {
            format!("warning: {differ}, as noise does; a smaller --learning-rate holds against it")
        }
    }
}
