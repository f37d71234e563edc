//! The loop: batches in, steps, losses and snapshots out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};
use bigan::cutout::Preprocess;
use bigan::trainer::Sampler;
use bigan::trainer::watch::{self, CollapseWatch, Health, RunawayWatch, Warning};
use bigan::{Losses, RunConfig, Trainer, pictures};
use images::RgbImage;
use kernels::OpenDevice;

use super::journal::{Journal, Line};
use super::progress::Progress;
use super::run_dir::RunDir;
use super::saving::Saving;
use super::snapshot;
use super::trouble::Trouble;
use crate::data::{self, Batches, Listing, Store};
use crate::files;
use crate::interrupt::stop_on_interrupt;
use crate::networks::Networks;

/// How long the end of a training waits for room on a disk that is full, and how long from try to try.
const PATIENCE: Duration = Duration::from_secs(60);
const TRY_AGAIN: Duration = Duration::from_secs(2);

/// The photographs of a run.
pub struct Photos {
    /// Trained on.
    pub train: Arc<Store>,
    /// Which they are.
    pub listing: Listing,
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
    saving: Saving,
    troubles: Troubles,
}

/// Failures that end no training.
struct Troubles {
    journal: Trouble,
    samples: Trouble,
    removing: Trouble,
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
        listing: splits.listing,
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
            saving: Saving::every(config.snapshot_minutes),
            config,
            photos,
            trainer,
            device,
            collapse: CollapseWatch::default(),
            runaway: RunawayWatch::default(),
            suspect: false,
            troubles: Troubles {
                journal: Trouble::until("losses can be written again"),
                samples: Trouble::until("samples can be written again"),
                removing: Trouble::until("old checkpoints can be removed again"),
            },
        }
    }

    /// Trains until the last step or a request to stop, and saves. What cannot be written on the way does not end it.
    pub fn train(mut self) -> Result<()> {
        let stop = stop_on_interrupt(
            "stopping after this step; Ctrl-C again ends at once, without saving",
        )?;
        let first = self.trainer.steps();
        let side = self.config.trainer.networks.side;
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
        // Once a request to stop was seen, the step that ended with it is kept.
        let mut ends = first >= self.config.steps;
        while !ends {
            let batch = match batches.next() {
                Ok(batch) => pictures::tensor(batch, side, &self.device.device),
                Err(error) => return Err(self.save_before(error, first)),
            };
            let step = self.trainer.step(batch)?;
            let done = self.trainer.steps();
            ends = done == self.config.steps || stop.load(Ordering::Relaxed);
            let due = |every: u64| done.is_multiple_of(every);
            let shows = ends || due(self.config.snapshot_every);
            let saves = shows || !self.suspect && self.saving.is_due(Instant::now());
            let reports = shows || due(self.config.log_every) || due(self.config.watch_every);
            // The losses decide whether the step is saved.
            if saves || reports {
                let losses =
                    pollster::block_on(step.read()).context("the device failed while training")?;
                self.check(&losses)?;
                if reports {
                    let rate = (done - last) as f64 / since.elapsed().as_secs_f64();
                    self.report(&mut journal, &mut progress, &losses, rate)?;
                    (since, last) = (Instant::now(), done);
                }
            }
            if saves {
                self.save(&progress, ends)?;
            }
            if shows {
                self.show(&mut journal, &progress)?;
            }
        }
        progress.end();
        if stop.load(Ordering::Relaxed) {
            let path = self.dir.path().display();
            eprintln!("stopped; resume with `stylewalk resume {path}`");
        }
        Ok(())
    }

    /// Ends the run when a loss is not a number.
    fn check(&self, losses: &Losses) -> Result<()> {
        if losses.is_finite() {
            return Ok(());
        }
        bail!(
            "a loss is not a number at step {}; {}; a smaller --learning-rate may hold it",
            self.trainer.steps(),
            self.last_good()
        );
    }

    /// Records the losses, and ends the run when they ran away.
    fn report(
        &mut self,
        journal: &mut Journal,
        progress: &mut Progress,
        losses: &Losses,
        rate: f64,
    ) -> Result<()> {
        let step = self.trainer.steps();
        let health = self.runaway.see(losses);
        let diversity = match step.is_multiple_of(self.config.watch_every) {
            true => self.diversity()?,
            false => None,
        };
        let written = journal.write(&Line {
            step,
            losses: *losses,
            images_per_second: rate * self.config.batch as f64,
            diversity,
        });
        self.troubles
            .journal
            .see(written, |line| progress.say(line));
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
        let sizes = &self.config.trainer.networks;
        Networks::training(&self.trainer.averaged(), sizes, &self.device.device)
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

    /// Saves a checkpoint, unless the losses are far above what they were: a bad checkpoint must not replace a good one. A
    /// disk without room is told, and tried again later; at the end of the training at once, for a while.
    fn save(&mut self, progress: &Progress, ends: bool) -> Result<()> {
        let step = self.trainer.steps();
        if self.suspect {
            progress.say(&format!(
                "step {step} is not saved: its losses are far above those of a training that goes well; {}",
                self.last_good()
            ));
            return Ok(());
        }
        let state = pollster::block_on(self.trainer.checkpoint());
        let state = state.map_err(|error| anyhow!("{error:#}; {}", self.last_good()))?;
        let began = Instant::now();
        let mut tried = self.dir.checkpoints().save(step, &state);
        while ends && tried.is_err() && began.elapsed() < PATIENCE {
            if let Err(error) = tried {
                self.saving.see_last(error, |line| progress.say(line));
            }
            std::thread::sleep(TRY_AGAIN);
            tried = self.dir.checkpoints().save(step, &state);
        }
        match tried {
            Ok(path) => progress.say(&format!("saved {}", path.display())),
            Err(error) if ends => {
                bail!("step {step} is not saved: {error:#}; {}", self.last_good())
            }
            Err(error) => {
                self.saving.see(Err(error), |line| progress.say(line));
                return Ok(());
            }
        }
        self.saving.see(Ok(()), |line| progress.say(line));
        let dropped = self.dir.checkpoints().drop_old(self.config.keep);
        self.troubles
            .removing
            .see(dropped, |line| progress.say(line));
        Ok(())
    }

    /// Shows what the networks make of fixed codes and photographs.
    fn show(&mut self, journal: &mut Journal, progress: &Progress) -> Result<()> {
        let step = self.trainer.steps();
        if self.suspect {
            return Ok(());
        }
        let grids = snapshot::grids(&self.averaged(), &self.photos.shown, self.config.seed)?;
        for (name, grid) in grids {
            let written = files::write(&self.dir.sample(step, name), &images::png(&grid));
            let written = written.and(journal.picture(step, name, &grid));
            let samples = &mut self.troubles.samples;
            samples.see(written, |line| progress.say(line));
        }
        Ok(())
    }

    /// Saves what was trained before `error` ends the training, which took its first step after step `first`.
    fn save_before(&self, error: Error, first: u64) -> Error {
        let step = self.trainer.steps();
        if step == first || self.suspect {
            return error;
        }
        let save = || -> Result<()> {
            let state = pollster::block_on(self.trainer.checkpoint())?;
            self.dir.checkpoints().save(step, &state).map(drop)
        };
        match save() {
            Ok(()) => error.context(format!(
                "step {step} is saved, but the training cannot go on"
            )),
            Err(unsaved) => error.context(format!("step {step} is not saved ({unsaved:#})")),
        }
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
