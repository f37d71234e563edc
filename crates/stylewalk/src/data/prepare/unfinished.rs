//! The folder `unfinished/` of a preparation in progress: its inputs, the growing shards and how far each of them is.
//!
//! Beside each growing shard lies a JSON file with its [`ShardProgress`]; `settings.json` holds the inputs, and `lock` is
//! locked by the program at work. Finished shards move up into the prepared folder; when all have, the folder goes.

use super::progress::ShardProgress;
use crate::data::index::{Index, Origin, Settings};
use crate::data::sample::Layout;
use crate::files::{self, Lock};
use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::{Path, PathBuf};

const FOLDER: &str = "unfinished";
const INPUTS: &str = "settings.json";
const LOCK: &str = "lock";

/// How far an earlier preparation into the same folder came.
#[derive(Debug)]
pub enum Preparation {
    /// To its end.
    Complete(Index),
    /// Nowhere yet, or not to its end.
    Unfinished(Unfinished),
}

/// A preparation in progress; no other program can work on it while this lives.
#[derive(Debug)]
pub struct Unfinished {
    out: PathBuf,
    lock: Lock,
}

/// What a preparation is made from; it resumes only where this is the same.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Inputs {
    /// Of the pictures; older programs made no others than of 64 pixels.
    #[serde(default = "papers_side")]
    side: u32,
    settings: Settings,
    source: Origin,
}

impl Unfinished {
    /// Starts a preparation in the folder `out`, or resumes the one there.
    ///
    /// # Errors
    /// `out` holds something else, or a preparation of other photographs or with other settings, or another program is
    /// working on it.
    pub fn open(
        out: &Path,
        side: u32,
        settings: &Settings,
        origin: &Origin,
    ) -> Result<Preparation> {
        let inputs = Inputs::new(side, settings, origin)?;
        if Index::is_in(out) {
            let index = Index::read(out)?;
            let (settings, source) = (index.settings.clone(), index.source.clone());
            let side = index.side;
            let made = Inputs {
                side,
                settings,
                source,
            };
            inputs.ensure_equal(&made, out)?;
            return Ok(Preparation::Complete(index));
        }
        ensure!(
            is_ours(out)?,
            "{} exists and was not started by this command; name a new folder",
            out.display()
        );
        let folder = out.join(FOLDER);
        fs::create_dir_all(&folder).with_context(|| format!("could not make {}", out.display()))?;
        let lock = lock(&folder)?;
        inputs.write_or_compare(&folder.join(INPUTS), out)?;
        let out = out.to_owned();
        Ok(Preparation::Unfinished(Self { out, lock }))
    }

    fn folder(&self) -> PathBuf {
        self.out.join(FOLDER)
    }

    /// Where the shard `file` grows.
    pub fn growing(&self, file: &str) -> PathBuf {
        self.folder().join(file)
    }

    fn progress_path(&self, file: &str) -> PathBuf {
        self.folder().join(format!("{file}.json"))
    }

    /// Records how far the shard `file` is; its bytes must be on the disk already.
    pub fn save(&self, file: &str, progress: &ShardProgress) -> Result<()> {
        files::write(&self.progress_path(file), &serde_json::to_vec(progress)?)
    }

    /// How far the shard `file` is: nowhere, if the disk holds less of it than was recorded.
    pub fn load(&self, file: &str, layout: Layout) -> Result<ShardProgress> {
        let path = self.progress_path(file);
        if !path.is_file() {
            return Ok(ShardProgress::default());
        }
        let progress: ShardProgress =
            serde_json::from_slice(&files::read(&path)?).with_context(|| {
                format!(
                    "{} is damaged; delete it, and the same command makes its shard again",
                    path.display()
                )
            })?;
        let kept = self.holds(file, &progress, layout);
        Ok(if kept {
            progress
        } else {
            ShardProgress::default()
        })
    }

    /// Whether the disk holds what `progress` says of the shard `file`.
    fn holds(&self, file: &str, progress: &ShardProgress, layout: Layout) -> bool {
        let length = |path: PathBuf| fs::metadata(path).map_or(0, |file| file.len());
        let growing = length(self.growing(file));
        match &progress.made {
            // A program that stopped between recording and moving leaves a finished shard among the growing ones.
            Some(made) => made.bytes == growing.max(length(self.out.join(file))),
            None => progress.bytes(layout) <= growing,
        }
    }

    /// Moves the finished shard `file` to its place, unless an earlier program has.
    pub fn move_into_place(&self, file: &str) -> Result<()> {
        let growing = self.growing(file);
        if growing.is_file() {
            let finished = self.out.join(file);
            fs::rename(&growing, &finished)
                .with_context(|| format!("could not write {}", finished.display()))?;
        }
        Ok(())
    }

    /// Removes the folder; everything is made.
    pub fn remove(self) -> Result<()> {
        let folder = self.folder();
        drop(self.lock);
        fs::remove_dir_all(&folder)
            .with_context(|| format!("could not remove {}", folder.display()))
    }
}

/// Whether `out` is free to write to: absent, empty, or with nothing but an unfinished preparation's folder and shards.
fn is_ours(out: &Path) -> Result<bool> {
    if out.join(FOLDER).join(INPUTS).is_file() {
        return Ok(true);
    }
    if !out.is_dir() {
        return Ok(!out.exists());
    }
    // A program that stopped before it wrote its inputs leaves an empty folder for them.
    let entries = fs::read_dir(out).with_context(|| format!("could not read {}", out.display()))?;
    Ok(entries.flatten().all(|entry| entry.file_name() == FOLDER))
}

fn lock(folder: &Path) -> Result<Lock> {
    files::lock(&folder.join(LOCK))?.with_context(|| {
        format!(
            "another program is preparing photographs in {}; wait for it, or name another folder",
            folder.parent().unwrap_or(folder).display()
        )
    })
}

impl Inputs {
    fn new(side: u32, settings: &Settings, source: &Origin) -> Result<Self> {
        let inputs = Self {
            side,
            settings: settings.clone(),
            source: source.clone(),
        };
        // Through JSON and back, like those that they are compared with: numbers may lose digits on the way.
        Ok(serde_json::from_slice(&serde_json::to_vec(&inputs)?)?)
    }

    /// Writes the inputs to `path`, or compares them with those that an earlier program wrote there.
    fn write_or_compare(&self, path: &Path, out: &Path) -> Result<()> {
        if !path.is_file() {
            return files::write(path, &serde_json::to_vec_pretty(self)?);
        }
        let earlier = serde_json::from_slice(&files::read(path)?)
            .with_context(|| format!("{} is damaged", path.display()))
            .with_context(|| cannot_resume(out))?;
        self.ensure_equal(&earlier, out)
    }

    fn ensure_equal(&self, earlier: &Self, out: &Path) -> Result<()> {
        ensure!(
            self.source.sha256 == earlier.source.sha256,
            "{}: it was started with other photographs, whose names or lengths differ",
            cannot_resume(out)
        );
        ensure!(
            self.side == earlier.side,
            "{}: it was started with --side {}",
            cannot_resume(out),
            earlier.side
        );
        ensure!(
            self.settings == earlier.settings,
            "{}: it was started with other settings, {}",
            cannot_resume(out),
            serde_json::to_string(&earlier.settings)?
        );
        Ok(())
    }
}

fn papers_side() -> u32 {
    bigan::SIDE as u32
}

fn cannot_resume(out: &Path) -> String {
    format!("{} cannot be resumed; name another folder", out.display())
}
