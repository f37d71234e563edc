//! Many trainings, several at a time. Their figures are kept in the repository as a line of JSON each, beside the tables that
//! are made of them: what is in there is not trained again, on any machine. Who changes what a training does deletes the file.

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::{env, fs, thread};
use walkdir::WalkDir;

use crate::workspace::Workspace;

/// One training.
#[derive(Serialize, Deserialize)]
struct Line {
    /// All that it depends on.
    training: Value,
    /// What `stylewalk evaluate --json` said of its model.
    figures: Value,
}

/// The lines of a file, which need not be there yet.
pub struct Figures {
    path: PathBuf,
    lines: Vec<Line>,
}

impl Figures {
    /// `path` from the repository's root.
    pub fn open(workspace: &Workspace, path: &str) -> Result<Self> {
        let path = workspace.root.join(path);
        let text = match path.exists() {
            true => fs::read_to_string(&path),
            false => Ok(String::new()),
        };
        let text = text.with_context(|| format!("could not read {}", path.display()))?;
        let lines = text.lines().enumerate().map(|(at, line)| {
            serde_json::from_str(line)
                .with_context(|| format!("{}, line {}", path.display(), at + 1))
        });
        let lines = lines.collect::<Result<_>>()?;
        Ok(Self { path, lines })
    }

    /// Whether those of all of `trainings` are there.
    pub fn hold(&self, trainings: &[impl Serialize]) -> Result<bool> {
        let trainings = trainings.iter().map(serde_json::to_value);
        let trainings = trainings.collect::<Result<Vec<_>, _>>()?;
        Ok(trainings.iter().all(|one| self.find(one).is_some()))
    }

    /// Those of `training`, if it was done.
    fn find(&self, training: &Value) -> Option<&Value> {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.training == *training)?;
        Some(&line.figures)
    }

    /// Adds what was `printed` of `training`; the file is whole at any time.
    fn add(&mut self, training: &Value, printed: &str) -> Result<()> {
        let figures: Value = serde_json::from_str(printed)
            .with_context(|| format!("figures of {training}: {printed}"))?;
        self.lines.push(Line {
            training: training.clone(),
            figures,
        });
        let lines = self.lines.iter().map(serde_json::to_string);
        let mut text = lines.collect::<Result<Vec<_>, _>>()?.join("\n");
        text.push('\n');
        let part = self.path.with_extension("part");
        fs::write(&part, text)
            .and_then(|()| fs::rename(&part, &self.path))
            .with_context(|| format!("could not write {}", self.path.display()))
    }
}

/// Has each of `trainings` measured that is not kept, `jobs` at a time, and `tell`s the figures of each, and which it is, as
/// soon as they are known. `measure` returns what was printed of them.
pub fn collect<T: Serialize + Sync, F: DeserializeOwned>(
    kept: Figures,
    trainings: &[T],
    jobs: usize,
    measure: impl Fn(usize, &T) -> Result<String> + Sync,
    tell: impl FnMut(usize, F) -> Result<()> + Send,
) -> Result<()> {
    let shared = Mutex::new((kept, tell));
    let next = AtomicUsize::new(0);
    let work = || -> Result<()> {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = trainings.get(at) else {
                return Ok(());
            };
            let training = serde_json::to_value(one)?;
            let lock = || shared.lock().unwrap_or_else(PoisonError::into_inner);
            if lock().0.find(&training).is_none() {
                let printed = measure(at, one)?;
                lock().0.add(&training, &printed)?;
            }
            let (kept, tell) = &mut *lock();
            let figures = kept.find(&training).map(F::deserialize);
            let figures = figures.context("figures that were kept are there")?;
            tell(
                at,
                figures.with_context(|| format!("figures of {training}"))?,
            )?;
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs).map(|_| scope.spawn(work)).collect();
        let mut ended = workers.into_iter().map(|worker| worker.join());
        ended.try_for_each(|ended| ended.unwrap_or_else(|_| bail!("a training ended in a panic")))
    })
}

/// Refuses a training that was stopped: it has saved what it did and ended well, but is not done.
pub fn reached(run: &Path, steps: u64) -> Result<()> {
    let last = run.join("checkpoints").join(format!("step-{steps:07}"));
    ensure!(
        last.is_dir(),
        "{} stopped before step {steps}: run this again to go on",
        run.display()
    );
    Ok(())
}

/// A number of trainings at a time, from the command line.
pub fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=64) => Ok(jobs),
        _ => Err("a number from 1 to 64".to_owned()),
    }
}

/// What a training of `jobs` at a time takes of the machine: its threads, unless the user has said how many.
pub fn share_of_machine(command: &mut Command, jobs: usize) {
    const THREADS: &str = "RAYON_NUM_THREADS";
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    if env::var_os(THREADS).is_none() {
        command.env(THREADS, (cores / jobs).max(1).to_string());
    }
}

/// How far a table's rows, each with the figures of as many seeds as are done, are from `seeds` of each; nothing where
/// they are whole.
pub fn unfinished<R, F>(rows: &[(R, Vec<F>)], seeds: u64) -> String {
    let all = rows.len() * seeds as usize;
    let done: usize = rows.iter().map(|(_, figures)| figures.len()).sum();
    match done == all {
        true => String::new(),
        false => format!(", of whose {all} trainings {done} are done"),
    }
}

/// What tells one folder of photographs from another, well enough not to take figures of the one for the other's.
#[derive(Serialize)]
pub struct Photographs {
    files: usize,
    bytes: u64,
}

impl Photographs {
    /// Counts what lies in `folder` and below.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let mut all = Self { files: 0, bytes: 0 };
        for entry in WalkDir::new(folder) {
            let data = entry.and_then(|entry| entry.metadata());
            let data = data.with_context(|| format!("could not read {}", folder.display()))?;
            if data.is_file() {
                all.files += 1;
                all.bytes += data.len();
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(name: &str) -> Workspace {
        let root = std::env::temp_dir().join(format!("stylewalk-{name}-{}", std::process::id()));
        fs::create_dir_all(&root).unwrap();
        let (cache, target) = (root.clone(), root.clone());
        Workspace {
            root,
            cache,
            target,
        }
    }

    #[test]
    fn what_is_kept_is_not_measured_again() {
        let workspace = empty("figures");
        let told = |trainings: &[&str], measure: fn(usize, &&str) -> Result<String>| {
            let kept = Figures::open(&workspace, "figures.jsonl").unwrap();
            let mut told = Vec::new();
            let tell = |at, psnr: f64| {
                told.push((at, psnr));
                Ok(())
            };
            collect(kept, trainings, 2, measure, tell)?;
            told.sort_by_key(|(at, _)| *at);
            assert!(Figures::open(&workspace, "figures.jsonl")?.hold(trainings)?);
            anyhow::Ok(told)
        };
        let first = told(&["ex1", "ex2"], |at, _| Ok(format!("{at}.5"))).unwrap();
        assert_eq!(first, [(0, 0.5), (1, 1.5)]);
        let second = told(&["ex2", "ex3"], |at, name| {
            Ok(format!("{at}{}", name.len()))
        })
        .unwrap();
        assert_eq!(second, [(0, 1.5), (1, 13.0)]);
        let failed = told(&["ex4"], |_, _| bail!("not trained")).unwrap_err();
        assert_eq!(failed.to_string(), "not trained");
        fs::remove_dir_all(workspace.root).unwrap();
    }

    #[test]
    fn a_training_that_was_stopped_is_not_taken_for_done() {
        let run = std::env::temp_dir().join(format!("stylewalk-trainings-{}", std::process::id()));
        fs::create_dir_all(run.join("checkpoints/step-0001986")).unwrap();
        let error = reached(&run, 5000).unwrap_err().to_string();
        assert!(error.contains("before step 5000"), "{error}");
        fs::create_dir_all(run.join("checkpoints/step-0005000")).unwrap();
        reached(&run, 5000).unwrap();
        fs::remove_dir_all(run).unwrap();
    }

    #[test]
    fn a_table_that_is_not_whole_says_so() {
        let rows = [("ex1", vec![1.0, 2.0]), ("ex2", vec![1.0])];
        assert_eq!(unfinished(&rows, 2), ", of whose 4 trainings 3 are done");
        assert_eq!(unfinished(&rows[..1], 2), "");
    }

    #[test]
    fn a_damaged_line_is_named() {
        let workspace = empty("damaged-figures");
        fs::write(workspace.root.join("figures.jsonl"), "{\n").unwrap();
        let error = Figures::open(&workspace, "figures.jsonl").err().unwrap();
        assert!(format!("{error}").ends_with("figures.jsonl, line 1"));
        fs::remove_dir_all(workspace.root).unwrap();
    }
}
