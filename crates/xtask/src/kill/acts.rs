//! What is ended: how it begins, how it goes on, and what it makes undisturbed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Bench;
use super::moments::How;
use crate::command;

/// The training, but its folder; its steps are [`STEPS`]. Checkpoints are many, and so are the moments within one.
const TRAINING: &str = "train photographs --device cpu --steps 150 --snapshot-every 4 --snapshot-minutes 0 --log-every 2 \
    --batch 4 --width 2 --latent 6 --seed 5";
const STEPS: u64 = 150;
/// Steps between lines of stats.jsonl; at the last steps before an end there may be one more.
const LOG_EVERY: u64 = 2;
/// The undisturbed training's run.
const RUN: &str = "training/00000-run";
/// The earlier checkpoint of it: what is published first, and replaced.
const EARLIER: u64 = 148;

/// What a program does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Training,
    Export,
    Preparation,
}

impl Act {
    /// All of them, in the order in which they build on each other.
    pub const ALL: [Self; 3] = [Self::Training, Self::Export, Self::Preparation];

    /// As a table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Export => "export",
            Self::Preparation => "preparation",
        }
    }

    /// Where it is done undisturbed.
    pub fn undisturbed(self) -> &'static str {
        self.name()
    }

    /// Makes what is in `folder` before.
    pub fn prepare(self, bench: &Bench, folder: &str) -> Result<()> {
        if self == Self::Export {
            let earlier =
                format!("export {RUN} --out {folder}/model --device cpu --checkpoint {EARLIER}");
            command::text(&mut bench.command(&earlier))?;
            std::fs::write(bench.path(folder).join("model/notes.txt"), "mine")?;
        }
        Ok(())
    }

    /// What does it in `folder`.
    pub fn command(self, bench: &Bench, folder: &str) -> Command {
        bench.command(&match self {
            Self::Training => format!("{TRAINING} --runs {folder}"),
            Self::Export => {
                format!("export {RUN} --out {folder}/model --device cpu --test photographs")
            }
            Self::Preparation => {
                format!("data prepare photographs {folder}/prepared --shard-size 100")
            }
        })
    }

    /// Checks what the program has left in `folder`, before it goes on.
    pub fn check_left(self, bench: &Bench, folder: &str, how: How) -> Result<()> {
        match self {
            Self::Training if how == How::Terminated => nothing_lost(&bench.path(folder)),
            // A whole model, the earlier one or the new one.
            Self::Export => {
                let sample = format!(
                    "sample --model {folder}/model --out {folder}/sample.png --count 1 --device cpu"
                );
                command::text(&mut bench.command(&sample)).map(drop)
            }
            _ => Ok(()),
        }
    }

    /// Has it go on to its end.
    pub fn go_on(self, bench: &Bench, folder: &str) -> Result<()> {
        let goes_on = match self {
            Self::Training => last_run(&bench.path(folder)).filter(|run| last_step(run).is_some()),
            _ => None,
        };
        let mut go_on = match goes_on {
            Some(run) => {
                let mut resume = bench.command("resume --device cpu");
                resume.arg(run);
                resume
            }
            None => self.command(bench, folder),
        };
        command::text(&mut go_on).map(drop)
    }

    /// Compares what is in `folder` with what is made undisturbed.
    pub fn compare(self, bench: &Bench, folder: &str) -> Result<()> {
        let (ours, theirs) = (bench.path(folder), bench.path(self.undisturbed()));
        match self {
            Self::Training => {
                let run = last_run(&ours).context("there is no run")?;
                same_training(&run, &bench.path(RUN))
            }
            Self::Export => same(&ours.join("model"), &theirs.join("model")),
            Self::Preparation => same(&ours.join("prepared"), &theirs.join("prepared")),
        }
    }
}

/// The run of the largest number in `runs`.
fn last_run(runs: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(runs).ok()?;
    let runs = entries.flatten().map(|entry| entry.path());
    runs.filter(|path| path.join("config.json").is_file()).max()
}

/// The steps of a run's last checkpoint.
fn last_step(run: &Path) -> Option<u64> {
    let entries = std::fs::read_dir(run.join("checkpoints")).ok()?;
    let steps = entries.flatten().filter_map(|entry| {
        let name = entry.file_name().into_string().ok()?;
        name.strip_prefix("step-")?.parse().ok()
    });
    steps.max()
}

/// A program that was asked to end saves the step that it has taken.
fn nothing_lost(runs: &Path) -> Result<()> {
    let Some(run) = last_run(runs) else {
        return Ok(());
    };
    let taken = lines(&run).keys().max().copied().unwrap_or_default();
    let saved = last_step(&run).unwrap_or_default();
    ensure!(
        saved >= taken,
        "step {taken} was taken, but step {saved} is the last that was saved"
    );
    Ok(())
}

/// The losses of each step in `stats.jsonl`; how fast it went differs from run to run.
fn lines(run: &Path) -> BTreeMap<u64, Value> {
    let text = std::fs::read_to_string(run.join("stats.jsonl")).unwrap_or_default();
    let line = |line: &str| {
        let mut line: Value = serde_json::from_str(line).ok()?;
        let step = line["step"].as_u64()?;
        line.as_object_mut()?.remove("images_per_second");
        Some((step, line))
    };
    text.lines().filter_map(line).collect()
}

fn same_training(ours: &Path, theirs: &Path) -> Result<()> {
    let last = format!("checkpoints/step-{STEPS:07}");
    same(&ours.join(&last), &theirs.join(&last))?;
    let regular = |run| -> BTreeMap<u64, Value> {
        let mut lines = lines(run);
        lines.retain(|step, _| step.is_multiple_of(LOG_EVERY));
        lines
    };
    ensure!(regular(ours) == regular(theirs), "stats.jsonl differs");
    let hidden = contents(&ours.join("checkpoints"))?.into_keys();
    let hidden: Vec<PathBuf> = hidden
        .filter(|path| path.to_string_lossy().starts_with('.'))
        .collect();
    ensure!(hidden.is_empty(), "{hidden:?} is left");
    Ok(())
}

/// Refuses folders whose files differ.
fn same(ours: &Path, theirs: &Path) -> Result<()> {
    let (ours, theirs) = (contents(ours)?, contents(theirs)?);
    let names = |of: &BTreeMap<PathBuf, Vec<u8>>| of.keys().cloned().collect::<Vec<_>>();
    ensure!(
        names(&ours) == names(&theirs),
        "the files are {:?}, not {:?}",
        names(&ours),
        names(&theirs)
    );
    let other = ours
        .iter()
        .find(|(name, bytes)| theirs.get(*name) != Some(*bytes));
    match other {
        Some((name, _)) => Err(anyhow::anyhow!("{} differs", name.display())),
        None => Ok(()),
    }
}

/// Every file below `folder`, by its path in it.
fn contents(folder: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry.with_context(|| format!("could not read {}", folder.display()))?;
        if entry.file_type().is_file() {
            let name = entry.path().strip_prefix(folder)?.to_owned();
            found.insert(name, std::fs::read(entry.path())?);
        }
    }
    Ok(found)
}
