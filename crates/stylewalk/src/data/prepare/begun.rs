use super::super::index::{self, Index, Origin, Settings};
use super::super::sample::Layout;
use super::shard::{Part, ShardPlan};
use crate::files;
use anyhow::{Context, Result, bail, ensure};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

/// Where shards grow, in the folder that is being prepared.
const FOLDER: &str = "unfinished";
/// What a folder was begun with.
const BEGINNING: &str = "settings.json";
/// Locked by the program that is at work.
const LOCK: &str = "lock";

/// A folder that is being prepared: finished shards lie in it, growing ones in `unfinished/`, each beside a note of how
/// far it is.
#[derive(Debug)]
pub struct Begun {
    out: PathBuf,
    /// Held while this lives: two programs would write the same shards.
    lock: File,
}

/// What must be the same for the work to go on.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Beginning {
    settings: Settings,
    source: Origin,
}

impl Begun {
    /// Begins in `out`, or goes on there. None when everything is made.
    ///
    /// # Errors
    /// `out` holds something else, or was begun with other settings or photographs.
    pub fn open(out: &Path, settings: &Settings, origin: &Origin) -> Result<Option<Self>> {
        let beginning = Beginning {
            settings: settings.clone(),
            source: origin.clone(),
        };
        // Through JSON and back, as the one it is compared with.
        let text = serde_json::to_vec_pretty(&beginning)?;
        let asked: Beginning = serde_json::from_slice(&text)?;
        let told = || {
            format!(
                "{} cannot be gone on with; name another folder",
                out.display()
            )
        };
        if Index::is_in(out) {
            let index = Index::read(out)?;
            let made = Beginning {
                settings: index.settings,
                source: index.source,
            };
            asked.ensure_same(&made).with_context(told)?;
            return Ok(None);
        }
        let folder = out.join(FOLDER);
        // Stopped before its settings were written, there is the folder for them and nothing else.
        let others = out.is_dir()
            && fs::read_dir(out)?
                .flatten()
                .any(|e| e.file_name() != FOLDER);
        let path = folder.join(BEGINNING);
        ensure!(
            path.is_file() || !others && !out.is_file(),
            "{} is there and was not begun by this command; name a new folder",
            out.display()
        );
        fs::create_dir_all(&folder).with_context(|| format!("could not make {}", out.display()))?;
        let begun = Self {
            out: out.to_owned(),
            lock: lock(&folder)?,
        };
        if path.is_file() {
            let made: Beginning = serde_json::from_slice(&files::read(&path)?)
                .with_context(|| format!("{} is damaged", path.display()))
                .with_context(told)?;
            asked.ensure_same(&made).with_context(told)?;
        } else {
            files::write(&path, &text)?;
        }
        Ok(Some(begun))
    }

    fn folder(&self) -> PathBuf {
        self.out.join(FOLDER)
    }

    /// Where a shard grows.
    pub fn growing(&self, file: &str) -> PathBuf {
        self.folder().join(file)
    }

    fn note(&self, file: &str) -> PathBuf {
        self.folder().join(format!("{file}.json"))
    }

    /// Notes how far a shard is; its bytes must be on the disk already.
    pub fn save(&self, file: &str, part: &Part) -> Result<()> {
        files::write(&self.note(file), &serde_json::to_vec(part)?)
    }

    /// How far a shard is: at its beginning if nothing usable is there.
    pub fn part(&self, plan: &ShardPlan<'_>, layout: Layout) -> Result<Part> {
        let note = self.note(&plan.file);
        if !note.is_file() {
            return Ok(Part::default());
        }
        let part: Part = serde_json::from_slice(&files::read(&note)?).with_context(|| {
            format!(
                "{} is damaged; delete it, and its shard is made again",
                note.display()
            )
        })?;
        let length = |path: PathBuf| fs::metadata(path).map_or(0, |file| file.len());
        let (growing, finished) = (self.growing(&plan.file), self.out.join(&plan.file));
        let usable = match &part.made {
            Some(made) => {
                made.bytes == length(finished).max(length(growing)) || part.photographs == 0
            }
            None => part.bytes(layout) <= length(growing),
        };
        Ok(if usable { part } else { Part::default() })
    }

    /// Puts a shard that is all there and noted as such in its place.
    pub fn put_in_place(&self, file: &str) -> Result<()> {
        let growing = self.growing(file);
        if growing.is_file() {
            let finished = self.out.join(file);
            fs::rename(&growing, &finished)
                .with_context(|| format!("could not write {}", finished.display()))?;
        }
        Ok(())
    }

    /// Takes the notes away; everything is made.
    pub fn end(self) -> Result<()> {
        let folder = self.folder();
        drop(self.lock);
        fs::remove_dir_all(&folder)
            .with_context(|| format!("could not remove {}", folder.display()))
    }
}

fn lock(folder: &Path) -> Result<File> {
    let path = folder.join(LOCK);
    let file = File::create(&path).with_context(|| format!("could not make {}", path.display()))?;
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => bail!(
            "another program is preparing photographs in {}; wait for it, or name another folder",
            folder.parent().unwrap_or(folder).display()
        ),
        // Some network file systems have no locks; there, taking care is left to people.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(file),
    }
}

impl Beginning {
    fn ensure_same(&self, made: &Self) -> Result<()> {
        if self.source.sha256 != made.source.sha256 {
            bail!("it was begun with other photographs: names or lengths have changed since");
        }
        ensure!(
            self.settings == made.settings,
            "it was begun with other settings: {}",
            serde_json::to_string(&made.settings)?
        );
        Ok(())
    }
}

impl Index {
    /// Writes the index of `folder`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let text = serde_json::to_vec_pretty(self)?;
        files::write(&folder.join(index::NAME), &[&text[..], b"\n"].concat())
    }
}
