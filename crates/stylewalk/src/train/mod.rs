//! `stylewalk train` and `resume`: a folder of photographs in, a run directory out.

mod checkpoints;
mod config;
mod dry_run;
mod features_source;
mod journal;
mod memory;
mod origin;
mod pace;
mod photographs;
mod precision;
mod progress;
mod run_dir;
mod saving;
mod session;
mod shared;
mod snapshot;
mod trouble;
mod tuned;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bigan::{RunConfig, Shape, Trainer};
use clap::Args;
use kernels::OpenDevice;

pub use checkpoints::Choice;
pub use photographs::change as photographs_change;
pub use run_dir::RunDir;
pub use trouble::Trouble;

use crate::cutout::{self, CutoutArgs};
use crate::device::DeviceArgs;
use crate::ranks::{self, Team};
use config::Settings;
use precision::TrainingPrecision;
use session::{Photos, Session};

/// `stylewalk train`
#[derive(Args)]
pub struct TrainArgs {
    /// Prepared folder, folder of photographs, tar or ZIP file; where it has `train` and `test`, those are the two splits.
    /// With --config it may be left out.
    data: Option<PathBuf>,
    /// A short name for the run's folder.
    #[arg(long, default_value = "run")]
    name: String,
    /// Where run directories are made.
    #[arg(long, default_value = "runs")]
    runs: PathBuf,
    /// Print the networks layer by layer, the memory they need, the photographs found and all settings; make nothing.
    #[arg(long)]
    dry_run: bool,
    /// Print what --dry-run tells as JSON.
    #[arg(long, requires = "dry_run")]
    json: bool,
    /// What to compute in; f32 is all that these networks train in.
    #[arg(long, default_value = "f32")]
    precision: TrainingPrecision,
    #[command(flatten)]
    cutout: CutoutArgs,
    #[command(flatten)]
    settings: Settings,
    #[command(flatten)]
    device: DeviceArgs,
}

/// `stylewalk resume`
#[derive(Args)]
pub struct ResumeArgs {
    /// The run's directory, runs/00000-run for example.
    run: PathBuf,
    /// Train up to this step instead of the one the run was started with.
    #[arg(long)]
    steps: Option<u64>,
    /// Go on from this checkpoint instead of the last one: its step, or its folder. Those of later steps are set aside.
    #[arg(long, value_name = "STEP_OR_DIR")]
    checkpoint: Option<Choice>,
    /// Where the photographs are now, if they have moved, or others to go on with.
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where the network H of the run is now, if it has moved.
    #[arg(long, value_name = "PATH")]
    features: Option<PathBuf>,
    /// Save every so many steps instead of those the run was started with.
    #[arg(long, value_name = "STEPS")]
    snapshot_every: Option<u64>,
    /// Save every so many minutes instead of those the run was started with; 0: only by steps.
    #[arg(long, value_name = "MINUTES")]
    snapshot_minutes: Option<f64>,
    /// Keep this many checkpoints instead of as many as the run was started with.
    #[arg(long, value_name = "COUNT")]
    keep: Option<usize>,
    #[command(flatten)]
    device: DeviceArgs,
}

/// Starts a new run.
pub fn run(args: TrainArgs) -> Result<()> {
    ranks::together(|team| start(args, team))
}

fn start(args: TrainArgs, team: Team) -> Result<()> {
    let TrainingPrecision::F32 = args.precision;
    let (mut config, origin) = args.settings.into_config(args.data.as_deref())?;
    shared::check_data(&config.data, team)?;
    let device = args.device.open_for(team)?;
    if !args.dry_run {
        memory::check(&config, &device, team)?;
    }
    let cutout = args.cutout.open(&config.data)?;
    let side = config.trainer.networks.side;
    let preprocess = cutout::preprocess(config.fit, side, cutout.as_ref())?;
    let photos = session::load_photos(&config, &preprocess)?;
    config.photographs = photos.train.len() as u64;
    config.photographs_sha256 = photos.listing.sha256();
    config.device.clone_from(&device.name);
    let features = config::load_features(&config, &device.device)?;
    shared::check_same(&config, team)?;
    if args.dry_run {
        let ranks = shared::who_has_what(&config, &device, team)?;
        return dry_run::print(&config, &ranks, args.json);
    }
    tell_of_few(photos.train.len(), config.batch);
    let trainer = match origin {
        Some(origin) => {
            eprintln!("starting from {}", origin.describe());
            let networks = origin.load(&device.device)?;
            Trainer::from_networks(config.trainer, networks, config.seed, &device.device)
        }
        None => Trainer::new(config.trainer, config.seed, &device.device),
    };
    let trainer = shared::share(trainer.with_features(features), &device, team)?;
    let listing = &photos.listing;
    let create = || RunDir::create(&args.runs, &args.name, &config, listing, cutout.as_ref());
    let dir = shared::run_dir(create, team)?;
    let _lock = team.leads().then(|| dir.lock()).transpose()?;
    eprintln!("training on {}, in {}", device.name, dir.path().display());
    tuned::choose(&device, &config.trainer, config.batch)?;
    train_on(team, dir, config, photos, trainer, device)
}

/// Goes on with a run from its last checkpoint, or from one that is named.
pub fn resume(args: ResumeArgs) -> Result<()> {
    ranks::together(|team| go_on(args, team))
}

fn go_on(args: ResumeArgs, team: Team) -> Result<()> {
    let dir = RunDir::open(&args.run)?;
    let _lock = team.leads().then(|| dir.lock()).transpose()?;
    let kept = dir.config()?;
    let mut config = kept.clone();
    args.find_moved(&mut config)?;
    let steps = args.lay_over(config.clone())?.steps;
    shared::check_data(&config.data, team)?;
    let device = args.device.open_for(team)?;
    memory::check(&config, &device, team)?;
    let features = config::load_features(&config, &device.device)?;
    let trainer = dir
        .trainer(args.checkpoint.as_ref(), &device.device)?
        .with_features(features);
    if trainer.steps() >= steps {
        let run = args.run.display();
        eprintln!(
            "the run has taken its {} steps; train it further with `stylewalk resume {run} --steps {}`, or {}",
            trainer.steps(),
            2 * trainer.steps(),
            what_next(&args.run)
        );
        return Ok(());
    }
    let photos = session::load_photos(&config, &dir.preprocess(&config, &config.data)?)?;
    let (count, named) = (photos.train.len(), args.data.is_some());
    photographs::settle(&dir, &mut config, count, &photos.listing, named)?;
    shared::check_same(&config, team)?;
    let trainer = shared::share(trainer, &device, team)?;
    if team.leads() {
        if config != kept {
            dir.describe(&config, &photos.listing)?;
        }
        forget_later(&dir, trainer.steps())?;
    }
    let config = args.lay_over(config)?;
    eprintln!(
        "going on from step {} on {}, in {}",
        trainer.steps(),
        device.name,
        dir.path().display()
    );
    tuned::choose(&device, &config.trainer, config.batch)?;
    train_on(team, dir, config, photos, trainer, device)
}

/// Sets aside what is of steps after step `step`, which the run takes again.
fn forget_later(dir: &RunDir, step: u64) -> Result<()> {
    for aside in dir.checkpoints().set_aside_after(step)? {
        eprintln!(
            "a checkpoint of a later step is now called {}",
            aside.display()
        );
    }
    dir.forget_after(step)
}

/// Trains, and says what to do with what was trained.
fn train_on(
    team: Team,
    dir: RunDir,
    config: RunConfig,
    photos: Photos,
    trainer: Trainer,
    device: OpenDevice,
) -> Result<()> {
    let (path, last) = (dir.path().to_owned(), config.steps);
    Session::new(team, dir, config, photos, trainer, device).train()?;
    // Where it was stopped, how to resume it was said.
    if team.leads() && last_step(&path) == Some(last) {
        eprintln!("trained; {}", what_next(&path));
    }
    Ok(())
}

/// The step of a run's last checkpoint.
fn last_step(run: &Path) -> Option<u64> {
    let last = RunDir::open(run).ok()?.last_checkpoint().ok()?;
    let name = last.file_name()?.to_str()?;
    name.strip_prefix("step-")?.parse().ok()
}

/// The commands that come after a training.
fn what_next(run: &Path) -> String {
    let run = run.display();
    format!(
        "`stylewalk figures {run}` draws what it has learnt, `stylewalk export {run} --out MODEL` makes a model of it, for \
         `--model` of every command and for the page"
    )
}

/// Says so where there are fewer photographs than a batch takes.
fn tell_of_few(photographs: usize, batch: usize) {
    if photographs < batch {
        eprintln!(
            "there are fewer photographs than the {batch} of a batch, which holds some of them more than once; networks \
             learn from hundreds at least"
        );
    }
}

impl ResumeArgs {
    /// Has `config` name photographs and H where they are now.
    fn find_moved(&self, config: &mut RunConfig) -> Result<()> {
        if let Some(data) = &self.data {
            photographs::look_in(config, data)?;
        }
        photographs::check_there(config)?;
        if let Some(path) = &self.features {
            features_source::look_in(config, path)?;
        }
        Ok(())
    }

    /// The settings of this training that may differ from those that the run was started with.
    fn lay_over(&self, mut config: RunConfig) -> Result<RunConfig> {
        config.steps = self.steps.unwrap_or(config.steps);
        config.snapshot_every = self.snapshot_every.unwrap_or(config.snapshot_every);
        config.snapshot_minutes = self.snapshot_minutes.unwrap_or(config.snapshot_minutes);
        config.keep = self.keep.unwrap_or(config.keep);
        config::check(&config)?;
        let schedule = config.trainer.schedule;
        ensure!(
            schedule.shape == Shape::Constant || config.steps <= schedule.end,
            "--steps is {}, but the run's learning rate reaches zero at step {}; start a new run to train for longer",
            config.steps,
            schedule.end
        );
        Ok(config)
    }
}
