//! What a training of several ranks has to agree on before its first step.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::weights::sha256;
use bigan::{RunConfig, Trainer};
use kernels::OpenDevice;

use super::run_dir::RunDir;
use crate::data;
use crate::files;
use crate::ranks::Team;

/// Refuses data that every rank would decode again, of which each needs its rows.
pub fn check_data(path: &Path, team: Team) -> Result<()> {
    ensure!(
        team.count() == 1 || data::is_prepared(path),
        "several ranks train on a prepared folder, of which each reads its rows, and {} is none; make one with \
         `stylewalk data prepare {} --out FOLDER`",
        path.display(),
        path.display()
    );
    Ok(())
}

/// Refuses ranks of which one runs another program, or has other photographs or settings.
pub fn check_same(config: &RunConfig, team: Team) -> Result<()> {
    if team.count() == 1 {
        return Ok(());
    }
    let same = |things: &str, own: &str| {
        let told = team.same(things, own);
        told.context("ranks train one model, all in the same way")
    };
    same("stylewalk programs", &program()?)?;
    same("photographs", &config.photographs_sha256)?;
    // Where things lie may differ from machine to machine.
    let mut settings = RunConfig {
        data: PathBuf::new(),
        device: String::new(),
        ..config.clone()
    };
    if let Some(features) = &mut settings.features {
        features.path = PathBuf::new();
    }
    if let Some(from) = &mut settings.from {
        from.path = PathBuf::new();
    }
    same("settings", &serde_json::to_string(&settings)?)
}

/// By which another version, or another build, is known.
fn program() -> Result<String> {
    let path = std::env::current_exe().context("could not find this program's own file")?;
    Ok(sha256(&files::read(&path)?))
}

/// The training as one rank of `team`.
pub fn share(trainer: Trainer, device: &OpenDevice, team: Team) -> Result<Trainer> {
    let Some(ranks) = team.ranks() else {
        return Ok(trainer);
    };
    ensure!(
        trainer.config().local_norm || kernels::sums_over_processes(&device.device),
        "on {} the ranks' batch norms cannot share their statistics; let each take those of its own rows with \
         --local-norm, or train with --device cpu",
        device.name
    );
    Ok(trainer.with_ranks(ranks)?)
}

/// The run that rank 0 makes by `create`, for all ranks.
pub fn run_dir(create: impl FnOnce() -> Result<RunDir>, team: Team) -> Result<RunDir> {
    let made = team.leads().then(create).transpose()?;
    if team.count() == 1
        && let Some(dir) = made
    {
        return Ok(dir);
    }
    let path = made.as_ref().map(|dir| dir.path().to_string_lossy());
    let path = team.told(0, &path.unwrap_or_default());
    Ok(made.unwrap_or_else(|| RunDir::made_elsewhere(path.into())))
}

/// A line for each rank: its machine, device and rows; none for one alone.
pub fn who_has_what(config: &RunConfig, device: &OpenDevice, team: Team) -> Result<Vec<String>> {
    if team.count() == 1 {
        return Ok(Vec::new());
    }
    let rows = team.rows(config.batch)?;
    Ok(team.all(&format!(
        "rank {} on {}: {}, pictures {} to {} of each {}",
        team.rank(),
        team.machine(),
        device.name,
        rows.start + 1,
        rows.end,
        config.batch
    )))
}
