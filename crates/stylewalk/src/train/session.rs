//! The loop: batches in, steps, losses and snapshots out.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail};
use bigan::cutout::Preprocess;
use bigan::trainer::Sampler;
use bigan::trainer::watch::{self, CollapseWatch, Health, RunawayWatch, Warning};
use bigan::weights::sha256;
use bigan::{Losses, RunConfig, Trainer, pictures};
use images::RgbImage;
use kernels::OpenDevice;

use super::journal::{Journal, Line};
use super::pace::Pace;
use super::progress::Progress;
use super::run_dir::RunDir;
use super::saving::Saving;
use super::snapshot;
use super::trouble::Trouble;
use crate::data::{self, Batches, Listing, Store};
use crate::files;
use crate::interrupt::stop_on_interrupt;
use crate::networks::Networks;
use crate::ranks::Team;

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

/// Everything a run needs. Each rank of several has one, of which only the first writes.
pub struct Session {
    team: Team,
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
        team: Team,
        dir: RunDir,
        config: RunConfig,
        photos: Photos,
        trainer: Trainer,
        device: OpenDevice,
    ) -> Self {
        Self {
            team,
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
        self.compare_ranks()?;
        let side = self.config.trainer.networks.side;
        let sampler = Sampler::new(
            self.config.seed,
            self.photos.train.len(),
            self.config.batch,
            self.config.flips,
        );
        let rows = self.team.rows(self.config.batch)?;
        let mut batches = Batches::new(&self.photos.train, sampler, first)?.of_rows(rows);
        let mut progress = Progress::new(first, self.config.steps, self.config.batch);
        let leads = self.team.leads();
        let mut journal = leads.then(|| Journal::open(&self.dir, first)).transpose()?;
        let mut pace = Pace::begin(first, self.team);
        // Once a request to stop was seen, the step that ended with it is kept.
        let (mut ends, mut stopped) = (first >= self.config.steps, false);
        while !ends {
            let batch = self.agreed(batches.next(), first)?;
            let batch = pictures::tensor(batch, side, &self.device.device);
            let step = self.trainer.step(batch)?;
            let done = self.trainer.steps();
            let is_time;
            [stopped, is_time] = self.team.any([
                stop.load(Ordering::Relaxed),
                leads && self.saving.is_due(Instant::now()),
            ]);
            ends = done == self.config.steps || stopped;
            let due = |every: u64| done.is_multiple_of(every);
            let shows = ends || due(self.config.snapshot_every);
            let saves = shows || !self.suspect && is_time;
            let reports = shows || due(self.config.log_every) || due(self.config.watch_every);
            // The losses decide whether the step is saved.
            if saves || reports {
                let losses =
                    pollster::block_on(step.read()).context("the device failed while training")?;
                let losses = self.team.mean(losses);
                self.check(&losses)?;
                if reports {
                    self.report(journal.as_mut(), &mut progress, &losses, &pace)?;
                    pace = Pace::begin(done, self.team);
                }
            }
            if saves {
                self.save(&progress, ends)?;
            }
            if let Some(journal) = journal.as_mut().filter(|_| shows) {
                self.show(journal, &progress)?;
            }
        }
        progress.end();
        if stopped {
            let path = self.dir.path().display();
            eprintln!("stopped; resume with `stylewalk resume {path}`");
        }
        Ok(())
    }

    /// Refuses to begin where ranks have different weights, from different checkpoints for example.
    fn compare_ranks(&self) -> Result<()> {
        if self.team.count() == 1 {
            return Ok(());
        }
        let state = pollster::block_on(self.trainer.checkpoint())?;
        self.team.same("weights", &digest(&state))
    }

    /// The batch, if every rank has its rows of it. Otherwise what was trained is saved, by one while the others wait.
    fn agreed(&self, batch: Result<Vec<f32>>, first: u64) -> Result<Vec<f32>> {
        let [failed] = self.team.any([batch.is_err()]);
        if !failed {
            return batch;
        }
        let elsewhere = || anyhow!("another rank can no longer read its photographs");
        let error = batch.err().unwrap_or_else(elsewhere);
        let error = match self.team.leads() {
            true => self.save_before(error, first),
            false => error,
        };
        self.team.meet();
        Err(error)
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
        journal: Option<&mut Journal>,
        progress: &mut Progress,
        losses: &Losses,
        pace: &Pace,
    ) -> Result<()> {
        let step = self.trainer.steps();
        let health = self.runaway.see(losses);
        if let Some(journal) = journal {
            self.tell(journal, progress, losses, pace)?;
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

    /// Writes the losses down and shows them.
    fn tell(
        &mut self,
        journal: &mut Journal,
        progress: &mut Progress,
        losses: &Losses,
        pace: &Pace,
    ) -> Result<()> {
        let step = self.trainer.steps();
        let diversity = match step.is_multiple_of(self.config.watch_every) {
            true => self.diversity()?,
            false => None,
        };
        let (rate, waiting) = (pace.rate(step), pace.waiting(self.team));
        let written = journal.write(&Line {
            step,
            losses: *losses,
            images_per_second: rate * self.config.batch as f64,
            diversity,
            waiting,
        });
        self.troubles
            .journal
            .see(written, |line| progress.say(line));
        progress.report(step, losses, rate, waiting);
        if let Some(diversity) = diversity
            && let Some(warning) = self.collapse.see(step, diversity)
        {
            progress.say(&sentence(warning, step, diversity));
        }
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
        self.team
            .same("weights", &digest(&state))
            .with_context(|| format!("step {step} is not saved; {}", self.last_good()))?;
        if !self.team.leads() {
            return Ok(());
        }
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

/// Of a checkpoint's files, by which ranks see that they have the same.
fn digest(state: &[(&'static str, Vec<u8>)]) -> String {
    let files = state.iter().map(|(_, contents)| sha256(contents));
    files.collect()
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
