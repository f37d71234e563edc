//! The photographs of a run that goes on: the same as before, or told.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use bigan::RunConfig;

use super::run_dir::RunDir;
use crate::data::Listing;

/// What is other about the photographs than `config` says, of which there are `count` now; none where nothing is.
pub fn change(dir: &RunDir, config: &RunConfig, count: usize, now: &Listing) -> Option<String> {
    let same = match config.photographs_sha256.is_empty() {
        // A run that kept no list knows how many there were.
        true => config.photographs == count as u64,
        false => config.photographs_sha256 == now.sha256(),
    };
    if same {
        return None;
    }
    let before = dir.photographs();
    let before = before.filter(|before| before.sha256() == config.photographs_sha256);
    let what = before.map(|before| format!(": {}", now.changes(&before)));
    Some(format!(
        "the photographs in {} are not those that the run was on: there were {}, and there are {count} now{}",
        config.data.display(),
        config.photographs,
        what.unwrap_or_default()
    ))
}

/// Has `config` name the photographs in `data`, where those of the run lie now.
pub fn look_in(config: &mut RunConfig, data: &Path) -> Result<()> {
    let found = data.canonicalize();
    config.data = found.with_context(|| format!("--data: there is no {}", data.display()))?;
    Ok(())
}

/// Refuses to go on where the run's photographs are no longer there.
pub fn check_there(config: &RunConfig) -> Result<()> {
    ensure!(
        config.data.exists(),
        "the run's photographs are no longer in {}, as its {} says; name the place where they are now with --data",
        config.data.display(),
        RunConfig::NAME
    );
    Ok(())
}

/// Takes down in `config` the photographs that the run goes on with, and tells what is other about them than it was;
/// refuses others where nobody has named them.
pub fn settle(
    dir: &RunDir,
    config: &mut RunConfig,
    count: usize,
    now: &Listing,
    named: bool,
) -> Result<()> {
    if let Some(change) = change(dir, config, count, now) {
        ensure!(
            named,
            "{change}; put them back, or go on with what is there by --data {}",
            config.data.display()
        );
        eprintln!("{change}; the run goes on with what is there");
    }
    config.photographs = count as u64;
    config.photographs_sha256 = now.sha256();
    Ok(())
}
