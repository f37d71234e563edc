//! The run directory: `config.json`, `stats.jsonl`, TensorBoard's `events.out.tfevents.*`, `checkpoints/`, `samples/`, and
//! `cutout/` where the run trains on garments alone.

use std::fs::{self, File, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use bigan::burn::tensor::Device;
use bigan::cutout::Preprocess;
use bigan::{RunConfig, Trainer};
use serde_json::Value;

use super::config::check;
use crate::cutout::{self, Stored};
use crate::files;

const CONFIG: &str = RunConfig::NAME;
const STATS: &str = "stats.jsonl";
const CHECKPOINTS: &str = "checkpoints";
const SAMPLES: &str = "samples";
const CUTOUT: &str = "cutout";
/// Checkpoints kept: the last, and one before it in case the last is the one that went wrong.
const KEPT: usize = 2;

/// The directory of one run.
pub struct RunDir(PathBuf);

impl RunDir {
    /// Makes `runs/00000-name`, with the next free number.
    pub fn create(
        runs: &Path,
        name: &str,
        config: &RunConfig,
        cutout: Option<&Stored>,
    ) -> Result<Self> {
        if name.is_empty() || name.contains(['/', '\\']) {
            bail!("--name is `{name}`, but must be a plain folder name");
        }
        fs::create_dir_all(runs).with_context(|| format!("could not make {}", runs.display()))?;
        let path = (next_number(runs)?..)
            .map(|number| runs.join(format!("{number:05}-{name}")))
            .find_map(|path| match fs::create_dir(&path) {
                Ok(()) => Some(Ok(path)),
                // Another run took the number in the meantime.
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => None,
                Err(error) => Some(Err(error)),
            })
            .context("there is no free run number")?
            .with_context(|| format!("could not make a run in {}", runs.display()))?;
        let dir = Self(path);
        for folder in [CHECKPOINTS, SAMPLES] {
            fs::create_dir(dir.0.join(folder))?;
        }
        if let Some(cutout) = cutout {
            // The run then needs neither the folder it came from nor the photographs to be published.
            files::write_dir(&dir.0.join(CUTOUT), &cutout.contents()?)?;
        }
        files::write(
            &dir.0.join(CONFIG),
            &[&serde_json::to_vec_pretty(config)?[..], b"\n"].concat(),
        )?;
        Ok(dir)
    }

    /// Opens an existing run.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.join(CONFIG).is_file() {
            bail!("{} is not a run: it has no {CONFIG}", path.display());
        }
        let dir = Self(path.to_owned());
        // A run that the page has saved has no samples yet.
        if path.join(CHECKPOINTS).is_dir() {
            let samples = path.join(SAMPLES);
            fs::create_dir_all(&samples)
                .with_context(|| format!("could not make {}", samples.display()))?;
        }
        Ok(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The settings the run was started with.
    pub fn config(&self) -> Result<RunConfig> {
        let path = self.0.join(CONFIG);
        let config: RunConfig = serde_json::from_slice(&files::read(&path)?)
            .with_context(|| format!("{} is not a run's configuration", path.display()))?;
        check(&config)?;
        Ok(config.within(&self.0))
    }

    /// The network that cuts the run's garments out; none where it trains on whole photographs.
    pub fn cutout(&self) -> Result<Option<Stored>> {
        Stored::find(&self.0.join(CUTOUT))
    }

    /// How the photographs in `data` become pictures as the run trains on. Those that lie in the run are pictures
    /// already: the page, which saved it, trained on them as they are.
    pub fn preprocess(&self, config: &RunConfig, data: &Path) -> Result<Preprocess> {
        match data.starts_with(&self.0) {
            true => Ok(Preprocess::whole(config.fit)),
            false => cutout::preprocess(config.fit, self.cutout()?.as_ref()),
        }
    }

    /// A picture's path in `samples/`.
    pub fn sample(&self, step: u64, what: &str) -> PathBuf {
        self.0
            .join(SAMPLES)
            .join(format!("step-{step:07}-{what}.png"))
    }

    /// Where `stats.jsonl` is.
    pub fn stats_path(&self) -> PathBuf {
        self.0.join(STATS)
    }

    /// `stats.jsonl`, open to append to.
    pub fn stats(&self) -> Result<File> {
        let path = self.stats_path();
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("could not open {}", path.display()))
    }

    /// Removes from `stats.jsonl` what was written after `step`: a resumed run repeats those steps.
    pub fn forget_after(&self, step: u64) -> Result<()> {
        let path = self.stats_path();
        let Ok(text) = fs::read_to_string(&path) else {
            return Ok(());
        };
        let keeps = |line: &&str| {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            line["step"].as_u64().is_some_and(|found| found <= step)
        };
        let kept: String = text
            .lines()
            .filter(keeps)
            .flat_map(|line| [line, "\n"])
            .collect();
        files::write(&path, kept.as_bytes())
    }

    /// Writes a checkpoint and drops the oldest ones. Returns where it is.
    pub fn save(&self, trainer: &Trainer) -> Result<PathBuf> {
        let folder = self.0.join(CHECKPOINTS);
        let path = folder.join(format!("step-{:07}", trainer.steps()));
        files::write_dir(&path, &pollster::block_on(trainer.checkpoint())?)?;
        let all = self.checkpoints()?;
        for old in &all[..all.len().saturating_sub(KEPT)] {
            fs::remove_dir_all(old)
                .with_context(|| format!("could not remove {}", old.display()))?;
        }
        Ok(path)
    }

    /// The last checkpoint.
    pub fn last_checkpoint(&self) -> Result<PathBuf> {
        self.checkpoints()?
            .pop()
            .with_context(|| format!("{} has no checkpoint yet", self.0.display()))
    }

    /// The training as the last checkpoint has it.
    pub fn trainer(&self, device: &Device) -> Result<Trainer> {
        let path = self.last_checkpoint()?;
        let read = || -> Result<Trainer> {
            let mut contents = Vec::new();
            for entry in fs::read_dir(&path)? {
                let file = entry?.path();
                let name = file.file_name().unwrap_or_default().to_string_lossy();
                contents.push((name.into_owned(), files::read(&file)?));
            }
            let contents: Vec<(&str, &[u8])> = contents
                .iter()
                .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
                .collect();
            Ok(Trainer::resume(&contents, device)?)
        };
        read().with_context(|| format!("the checkpoint {} cannot be used", path.display()))
    }

    fn checkpoints(&self) -> Result<Vec<PathBuf>> {
        let folder = self.0.join(CHECKPOINTS);
        let entries = fs::read_dir(&folder)
            .with_context(|| format!("could not read {}", folder.display()))?;
        let mut found: Vec<PathBuf> = entries
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                name.starts_with("step-")
            })
            .collect();
        found.sort();
        Ok(found)
    }
}

fn next_number(runs: &Path) -> Result<u32> {
    let mut next = 0;
    for entry in fs::read_dir(runs)? {
        let name = entry?.file_name();
        let number = name
            .to_string_lossy()
            .get(..5)
            .and_then(|n| n.parse::<u32>().ok());
        next = next.max(number.map_or(0, |number| number + 1));
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use images::Subject;

    use super::*;

    /// Laid on white twice, a picture would no longer be the one that the page has trained on.
    #[test]
    fn photographs_that_lie_in_the_run_are_pictures_already() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir(folder.path().to_owned());
        let seen = |data: &str| run.preprocess(&RunConfig::default(), &folder.path().join(data));
        assert_eq!(seen("photos").unwrap().subject(), Subject::Whole);
        // Elsewhere the run's own network counts, and this one cannot be read.
        fs::create_dir(folder.path().join(CUTOUT)).unwrap();
        fs::write(folder.path().join("cutout/cutout.json"), "{}").unwrap();
        assert!(seen("photos").is_ok());
        assert!(seen("/clothes").is_err());
    }
}
