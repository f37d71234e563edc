//! `checkpoints/` of a run: `step-N/` for each that is kept. What is not exactly called so is somebody else's, and stays.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, ensure};
use bigan::trainer::CHECKPOINT_FILES;

use crate::files;
use crate::model_dir::Contents;

/// What a checkpoint's folder is called, before its step.
const STEP: &str = "step-";
/// Endings of hidden folders that a program leaves that was ended while it wrote or removed a checkpoint.
const LEFTOVERS: [&str; 2] = [".partial", ".old"];

/// The folder of a run's checkpoints.
pub struct Checkpoints(PathBuf);

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// Steps taken.
    pub step: u64,
    /// Its folder.
    pub path: PathBuf,
}

/// Which checkpoint a person means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// That of this step.
    Step(u64),
    /// The one in this folder, or in `checkpoints/` under this name.
    Folder(PathBuf),
}

impl FromStr for Choice {
    type Err = Infallible;

    fn from_str(word: &str) -> Result<Self, Infallible> {
        Ok(word
            .parse()
            .map_or_else(|_| Self::Folder(word.into()), Self::Step))
    }
}

impl Checkpoints {
    /// Those in `folder`.
    pub fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// All, in the order of their steps.
    pub fn all(&self) -> Result<Vec<Checkpoint>> {
        let entries = fs::read_dir(&self.0);
        let entries = entries.with_context(|| format!("could not read {}", self.0.display()))?;
        let checkpoint = |path: PathBuf| {
            let step = step_of(path.file_name()?)?;
            let ours = CHECKPOINT_FILES
                .iter()
                .any(|name| path.join(name).is_file());
            ours.then_some(Checkpoint { step, path })
        };
        let mut found: Vec<Checkpoint> = entries
            .filter_map(|entry| checkpoint(entry.ok()?.path()))
            .collect();
        found.sort_by_key(|found| found.step);
        Ok(found)
    }

    /// The last one.
    pub fn last(&self) -> Result<Checkpoint> {
        let run = self.0.parent().unwrap_or(&self.0);
        let last = self.all()?.pop();
        last.with_context(|| format!("{} has no checkpoint yet", run.display()))
    }

    /// Where the one that `choice` names is.
    pub fn find(&self, choice: &Choice) -> Result<PathBuf> {
        match choice {
            Choice::Step(step) => {
                let found = self.all()?;
                let named = found.iter().find(|found| found.step == *step);
                let named = named.with_context(|| {
                    let steps: Vec<String> =
                        found.iter().map(|found| found.step.to_string()).collect();
                    format!(
                        "--checkpoint: {} has no checkpoint of step {step}, but of {}",
                        self.0.display(),
                        steps.join(", ")
                    )
                })?;
                Ok(named.path.clone())
            }
            Choice::Folder(path) => {
                let places = [path.clone(), self.0.join(path)];
                let found = places.into_iter().find(|place| place.is_dir());
                found
                    .with_context(|| format!("--checkpoint: there is no folder {}", path.display()))
            }
        }
    }

    /// The files of the checkpoint in `path`; what else lies there is not read.
    pub fn read(path: &Path) -> Result<Contents> {
        let mut contents = Contents::new();
        for name in CHECKPOINT_FILES {
            match fs::read(path.join(name)) {
                Ok(bytes) => contents.push((name.to_owned(), bytes)),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error).with_context(|| format!("could not read {name}")),
            }
        }
        Ok(contents)
    }

    /// Writes the checkpoint of step `step`. On a full disk the oldest makes room for it, which would be removed after it
    /// anyway, but never the last one.
    pub fn save<N: AsRef<str>>(&self, step: u64, contents: &[(N, Vec<u8>)]) -> Result<PathBuf> {
        self.sweep();
        let path = self.0.join(format!("{STEP}{step:07}"));
        match files::write_dir(&path, contents) {
            Err(error) if is_full(&error) && self.make_room(step)? => {
                files::write_dir(&path, contents)
            }
            written => written,
        }?;
        Ok(path)
    }

    /// Removes the oldest ones, so that `keep` stay.
    pub fn drop_old(&self, keep: usize) -> Result<()> {
        let all = self.all()?;
        for old in &all[..all.len().saturating_sub(keep)] {
            self.remove(old)
                .with_context(|| format!("could not remove {}", old.path.display()))?;
        }
        Ok(())
    }

    /// Gives those of later steps than `step` names that are nobody's, since the run goes on from there, and returns what
    /// they are called now.
    pub fn set_aside_after(&self, step: u64) -> Result<Vec<PathBuf>> {
        let later = self.all()?.into_iter().filter(|found| found.step > step);
        let set_aside = |found: Checkpoint| -> Result<PathBuf> {
            let name = format!("{STEP}{:07}-set-aside", found.step);
            let mut names = (2..).map(|number| format!("{name}-{number}"));
            let mut place = self.0.join(&name);
            while place.exists() {
                place = self.0.join(names.next().unwrap_or_default());
            }
            fs::rename(&found.path, &place)
                .with_context(|| format!("could not rename {}", found.path.display()))?;
            Ok(place)
        };
        later.map(set_aside).collect()
    }

    /// Removes the oldest but the last one, and that of `step`; whether there was one.
    fn make_room(&self, step: u64) -> Result<bool> {
        let mut all = self.all()?;
        all.retain(|found| found.step != step);
        let [oldest, _, ..] = &all[..] else {
            return Ok(false);
        };
        self.remove(oldest)?;
        Ok(true)
    }

    /// Removes a checkpoint's files, and its folder where nothing else lies in it.
    fn remove(&self, checkpoint: &Checkpoint) -> io::Result<()> {
        let path = &checkpoint.path;
        let ours = |name: &OsStr| CHECKPOINT_FILES.iter().any(|known| *known == name);
        let all_ours = fs::read_dir(path)?
            .flatten()
            .all(|entry| ours(&entry.file_name()));
        if !all_ours {
            return remove_files(path);
        }
        // First under another name, so that nobody takes for a checkpoint what is half removed.
        let old = self.0.join(format!(".{STEP}{:07}.old", checkpoint.step));
        fs::rename(path, &old)?;
        remove_files(&old)?;
        fs::remove_dir(&old)
    }

    /// Removes what a program left that was ended while it wrote or removed a checkpoint.
    fn sweep(&self) {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| is_leftover(&entry.file_name())) {
            // What stays is only in the way of the disk's room.
            let _ = remove_leftover(&entry.path());
        }
    }
}

/// The step of a checkpoint's folder; none where it is not exactly called as one is.
fn step_of(name: &OsStr) -> Option<u64> {
    let name = name.to_str()?;
    let step = name.strip_prefix(STEP)?.parse().ok()?;
    (name == format!("{STEP}{step:07}")).then_some(step)
}

fn is_leftover(name: &OsStr) -> bool {
    let name = name.to_str().and_then(|name| name.strip_prefix('.'));
    name.is_some_and(|name| {
        let mut stems = LEFTOVERS
            .iter()
            .filter_map(|ending| name.strip_suffix(ending));
        stems.any(|stem| step_of(OsStr::new(stem)).is_some())
    })
}

/// Half written files have names of their own, so all goes that is a file; a folder in there is nobody's of ours.
fn remove_leftover(path: &Path) -> io::Result<()> {
    for entry in fs::read_dir(path)? {
        fs::remove_file(entry?.path())?;
    }
    fs::remove_dir(path)
}

/// Removes a checkpoint's files out of its folder, and nothing else.
fn remove_files(folder: &Path) -> io::Result<()> {
    for name in CHECKPOINT_FILES {
        match fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}

/// Whether something failed for want of room.
fn is_full(error: &anyhow::Error) -> bool {
    let causes = error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>());
    causes
        .map(io::Error::kind)
        .any(|kind| matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded))
}

/// Refuses a folder that is no checkpoint.
pub fn check(path: &Path) -> Result<()> {
    ensure!(
        path.join(bigan::trainer::Published::STATE).is_file(),
        "--checkpoint: {} is not a checkpoint: it has no {}",
        path.display(),
        bigan::trainer::Published::STATE
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const STATE: &str = bigan::trainer::Published::STATE;

    fn folder() -> (TempDir, Checkpoints) {
        let folder = tempfile::tempdir().unwrap();
        let checkpoints = Checkpoints::new(folder.path().to_owned());
        (folder, checkpoints)
    }

    fn save(checkpoints: &Checkpoints, step: u64) -> PathBuf {
        let contents = [(STATE, b"{}".to_vec()), (CHECKPOINT_FILES[0], vec![0; 9])];
        checkpoints.save(step, &contents).unwrap()
    }

    fn names(folder: &TempDir) -> Vec<String> {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn the_last_is_that_of_the_largest_number() {
        let (folder, checkpoints) = folder();
        for step in [9_999_995, 9_999_990, 10_000_000] {
            save(&checkpoints, step);
        }
        assert_eq!(checkpoints.last().unwrap().step, 10_000_000);
        checkpoints.drop_old(2).unwrap();
        assert_eq!(names(&folder), ["step-10000000", "step-9999995"]);
    }

    #[test]
    fn what_is_not_exactly_called_as_ours_stays() {
        let (folder, checkpoints) = folder();
        let others = [
            "step-0000020-good",
            "step-20",
            "step-00000020",
            "step-",
            "mine",
        ];
        for other in others {
            fs::create_dir(folder.path().join(other)).unwrap();
            fs::write(folder.path().join(other).join(STATE), "{}").unwrap();
        }
        fs::write(folder.path().join("step-0000040.zip"), "an archive").unwrap();
        fs::write(folder.path().join("step-0000050"), "a file").unwrap();
        fs::create_dir(folder.path().join("step-0000060")).unwrap();
        for step in [10, 20, 30] {
            save(&checkpoints, step);
        }
        assert_eq!(checkpoints.last().unwrap().step, 30);
        checkpoints.drop_old(1).unwrap();
        let mut left = others.map(str::to_owned).to_vec();
        left.extend(["step-0000030", "step-0000040.zip"].map(str::to_owned));
        left.extend(["step-0000050", "step-0000060"].map(str::to_owned));
        left.sort();
        assert_eq!(names(&folder), left);
    }

    #[test]
    fn what_others_keep_in_a_checkpoint_is_neither_read_nor_removed() {
        let (_folder, checkpoints) = folder();
        let first = save(&checkpoints, 1);
        fs::create_dir(first.join(".ipynb_checkpoints")).unwrap();
        fs::write(first.join("notes.txt"), "the best so far").unwrap();
        assert_eq!(Checkpoints::read(&first).unwrap().len(), 2);
        save(&checkpoints, 2);
        checkpoints.drop_old(1).unwrap();
        assert!(first.join("notes.txt").exists() && !first.join(STATE).exists());
        assert_eq!(checkpoints.all().unwrap().len(), 1);
        checkpoints.drop_old(1).unwrap();
    }

    #[test]
    fn leftovers_go_before_the_next_is_written() {
        let (folder, checkpoints) = folder();
        for left in [
            ".step-0000003.partial",
            ".step-0000001.old",
            ".mine.partial",
        ] {
            fs::create_dir(folder.path().join(left)).unwrap();
            fs::write(folder.path().join(left).join("half"), "half").unwrap();
        }
        save(&checkpoints, 4);
        assert_eq!(names(&folder), [".mine.partial", "step-0000004"]);
    }

    #[test]
    fn a_chosen_one_is_found_by_step_or_name_and_later_ones_are_set_aside() {
        let (folder, checkpoints) = folder();
        let [first, _, _] = [10, 20, 30].map(|step| save(&checkpoints, step));
        let find = |word: &str| checkpoints.find(&word.parse().unwrap());
        assert_eq!(find("10").unwrap(), first);
        assert_eq!(find("step-0000010").unwrap(), first);
        assert_eq!(find(first.to_str().unwrap()).unwrap(), first);
        let told = find("15").unwrap_err().to_string();
        assert!(told.contains("10, 20, 30"), "{told}");
        assert!(find("absent").unwrap_err().to_string().contains("absent"));
        assert!(check(&first).is_ok() && check(folder.path()).is_err());

        fs::create_dir(folder.path().join("step-0000020-set-aside")).unwrap();
        let aside = checkpoints.set_aside_after(10).unwrap();
        assert_eq!(aside[0], folder.path().join("step-0000020-set-aside-2"));
        assert_eq!(aside[1], folder.path().join("step-0000030-set-aside"));
        assert_eq!(checkpoints.last().unwrap().step, 10);
    }

    #[test]
    fn room_is_made_by_the_oldest_but_never_by_the_last() {
        let (_folder, checkpoints) = folder();
        save(&checkpoints, 1);
        assert!(!checkpoints.make_room(2).unwrap());
        save(&checkpoints, 2);
        assert!(!checkpoints.make_room(2).unwrap());
        assert!(checkpoints.make_room(3).unwrap());
        assert_eq!(checkpoints.all().unwrap().len(), 1);
        let full =
            |kind: ErrorKind| is_full(&anyhow::Error::from(io::Error::from(kind)).context("a"));
        assert!(full(ErrorKind::StorageFull) && !full(ErrorKind::PermissionDenied));
    }
}
