//! The run directory: `config.json`, `photographs.txt`, `stats.jsonl`, TensorBoard's `events.out.tfevents.*`,
//! `checkpoints/`, `samples/`, `cutout/` where the run trains on garments alone, and `lock`, which a program at work locks.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bigan::burn::tensor::Device;
use bigan::cutout::Preprocess;
use bigan::{RunConfig, Trainer};
use serde_json::Value;

use super::checkpoints::{self, Checkpoints, Choice};
use super::config::check;
use crate::cutout::{self, Stored};
use crate::data::Listing;
use crate::files::{self, Lock};
use crate::model_dir::borrowed;

const CONFIG: &str = RunConfig::NAME;
const STATS: &str = "stats.jsonl";
const CHECKPOINTS: &str = "checkpoints";
const SAMPLES: &str = "samples";
const CUTOUT: &str = "cutout";
const PHOTOGRAPHS: &str = "photographs.txt";
const LOCK: &str = "lock";

/// The directory of one run.
pub struct RunDir(PathBuf);

impl RunDir {
    /// Makes `runs/00000-name`, with the next free number.
    pub fn create(
        runs: &Path,
        name: &str,
        config: &RunConfig,
        photographs: &Listing,
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
        dir.describe(config, photographs)?;
        Ok(dir)
    }

    /// The directory `path`, which another process has made.
    pub fn made_elsewhere(path: PathBuf) -> Self {
        Self(path)
    }

    /// Writes down what the run is set up with, and on which photographs.
    pub fn describe(&self, config: &RunConfig, photographs: &Listing) -> Result<()> {
        files::write(&self.0.join(PHOTOGRAPHS), photographs.text().as_bytes())?;
        let config = config.clone().from_within(&self.0);
        files::write(
            &self.0.join(CONFIG),
            &[&serde_json::to_vec_pretty(&config)?[..], b"\n"].concat(),
        )
    }

    /// The photographs that the run was on, where it has kept a list of them.
    pub fn photographs(&self) -> Option<Listing> {
        let text = fs::read_to_string(self.0.join(PHOTOGRAPHS)).ok()?;
        Some(Listing::parse(&text))
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
        let side = config.trainer.networks.side;
        match data.starts_with(&self.0) {
            true => Ok(Preprocess::whole(config.fit, side)),
            false => cutout::preprocess(config.fit, side, self.cutout()?.as_ref()),
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
        let kept = text.split_inclusive('\n').take_while(keeps);
        let kept: usize = kept.map(str::len).sum();
        let rest = || text[kept..].lines().any(|line| keeps(&line));
        if text[..kept].ends_with('\n') && !rest() {
            // Without a second file, for which a full disk has no room.
            let file = OpenOptions::new().write(true).open(&path);
            let cut = file.and_then(|file| file.set_len(kept as u64));
            return cut.with_context(|| format!("could not write {}", path.display()));
        }
        let kept = text.lines().filter(keeps).flat_map(|line| [line, "\n"]);
        files::write(&path, kept.collect::<String>().as_bytes())
    }

    /// Locks the run for this program.
    ///
    /// # Errors
    /// Another program is training in it.
    pub fn lock(&self) -> Result<Lock> {
        let lock = files::lock(&self.0.join(LOCK))?;
        lock.with_context(|| {
            format!(
                "another program is training in {}; wait for it, or stop it",
                self.0.display()
            )
        })
    }

    /// The checkpoints.
    pub fn checkpoints(&self) -> Checkpoints {
        Checkpoints::new(self.0.join(CHECKPOINTS))
    }

    /// The last checkpoint.
    pub fn last_checkpoint(&self) -> Result<PathBuf> {
        Ok(self.checkpoints().last()?.path)
    }

    /// The training as the checkpoint that `choice` names has it, or else the last one.
    pub fn trainer(&self, choice: Option<&Choice>, device: &Device) -> Result<Trainer> {
        let Some(choice) = choice else {
            let last = self.checkpoints().last()?;
            return read_trainer(&last.path, device).map_err(|error| {
                match self.last_whole_before(last.step, device) {
                    Some(whole) => anyhow!("{error:#}; {whole}"),
                    None => error,
                }
            });
        };
        let path = self.checkpoints().find(choice)?;
        checkpoints::check(&path)?;
        read_trainer(&path, device)
    }

    /// What to do about a damaged checkpoint of step `step`, where an earlier one is whole.
    fn last_whole_before(&self, step: u64, device: &Device) -> Option<String> {
        let mut earlier = self.checkpoints().all().ok()?;
        earlier.retain(|found| found.step < step && read_trainer(&found.path, device).is_ok());
        let whole = earlier.pop()?;
        Some(format!(
            "{} is whole: take it with --checkpoint {}",
            whole.path.display(),
            whole.step
        ))
    }
}

fn read_trainer(path: &Path, device: &Device) -> Result<Trainer> {
    let read = || -> Result<Trainer> {
        let contents = Checkpoints::read(path)?;
        Ok(Trainer::resume(&borrowed(&contents), device)?)
    };
    read().with_context(|| format!("the checkpoint {} cannot be used", path.display()))
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

    fn forgotten(text: &str, step: u64) -> String {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir(folder.path().to_owned());
        fs::write(run.stats_path(), text).unwrap();
        run.forget_after(step).unwrap();
        fs::read_to_string(run.stats_path()).unwrap()
    }

    #[test]
    fn lines_of_later_steps_and_halves_of_lines_go() {
        let lines = "{\"step\":1}\n{\"step\":2}\n{\"step\":3}\n";
        assert_eq!(forgotten(lines, 2), "{\"step\":1}\n{\"step\":2}\n");
        assert_eq!(forgotten(lines, 9), lines);
        assert_eq!(forgotten(&format!("{lines}{{\"st"), 9), lines);
        assert_eq!(forgotten(lines.trim_end(), 9), lines);
        // What is wrong in the middle takes nothing else with it.
        let torn = lines.replace("{\"step\":2}", "\0\0");
        assert_eq!(forgotten(&torn, 3), "{\"step\":1}\n{\"step\":3}\n");
        assert_eq!(forgotten("", 3), "");
    }

    #[test]
    fn one_program_trains_in_a_run() {
        let folder = tempfile::tempdir().unwrap();
        let run = RunDir(folder.path().to_owned());
        let held = run.lock().unwrap();
        let told = run.lock().unwrap_err().to_string();
        assert!(told.contains("another program"), "{told}");
        drop(held);
        assert!(run.lock().is_ok());
    }
}
