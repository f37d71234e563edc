//! `stylewalk train` and `resume`: a folder of photographs in, a run directory out.

mod config;
mod dry_run;
mod features_source;
mod journal;
mod memory;
mod origin;
mod precision;
mod progress;
mod run_dir;
mod session;
mod snapshot;
mod tuned;

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use bigan::{RunConfig, Shape, Trainer};
use clap::Args;
use kernels::OpenDevice;

pub use run_dir::RunDir;
pub use session::test_folder;

use crate::cutout::{self, CutoutArgs};
use crate::device::DeviceArgs;
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
    #[command(flatten)]
    device: DeviceArgs,
}

/// Starts a new run.
pub fn run(args: TrainArgs) -> Result<()> {
    let TrainingPrecision::F32 = args.precision;
    let (mut config, origin) = args.settings.into_config(args.data.as_deref())?;
    let device = args.device.open()?;
    if !args.dry_run {
        memory::check(&config, &device)?;
    }
    let cutout = args.cutout.open(&config.data)?;
    let preprocess = cutout::preprocess(config.fit, cutout.as_ref())?;
    let photos = session::load_photos(&config, &preprocess)?;
    config.photographs = photos.train.len() as u64;
    config.device.clone_from(&device.name);
    let features = config::load_features(&config, &device.device)?;
    if args.dry_run {
        return dry_run::print(&config, args.json);
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
    let trainer = trainer.with_features(features);
    let dir = RunDir::create(&args.runs, &args.name, &config, cutout.as_ref())?;
    eprintln!("training on {}, in {}", device.name, dir.path().display());
    tuned::choose(&device, &config.trainer.networks, config.batch)?;
    train_on(dir, config, photos, trainer, device)
}

/// Goes on with a run from its last checkpoint.
pub fn resume(args: ResumeArgs) -> Result<()> {
    let dir = RunDir::open(&args.run)?;
    let mut config = dir.config()?;
    config.steps = args.steps.unwrap_or(config.steps);
    let schedule = config.trainer.schedule;
    ensure!(
        schedule.shape == Shape::Constant || config.steps <= schedule.end,
        "--steps is {}, but the run's learning rate reaches zero at step {}; start a new run to train for longer",
        config.steps,
        schedule.end
    );
    let device = args.device.open()?;
    memory::check(&config, &device)?;
    let features = config::load_features(&config, &device.device)?;
    let trainer = dir.trainer(&device.device)?.with_features(features);
    if trainer.steps() >= config.steps {
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
    dir.forget_after(trainer.steps())?;
    eprintln!(
        "going on from step {} on {}, in {}",
        trainer.steps(),
        device.name,
        dir.path().display()
    );
    tuned::choose(&device, &config.trainer.networks, config.batch)?;
    train_on(dir, config, photos, trainer, device)
}

/// Trains, and says what to do with what was trained.
fn train_on(
    dir: RunDir,
    config: RunConfig,
    photos: Photos,
    trainer: Trainer,
    device: OpenDevice,
) -> Result<()> {
    let (path, last) = (dir.path().to_owned(), config.steps);
    Session::new(dir, config, photos, trainer, device).train()?;
    // Where it was stopped, how to resume it was said.
    if last_step(&path) == Some(last) {
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
