//! Which photographs are for training and which for testing, by the folders they lie in, and what to tell of that.

use super::super::folder::label;
use super::super::split::Split;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// How a source is divided.
pub struct Division {
    divided: bool,
    /// Folders for validation count as `test`.
    validation: bool,
    /// Sentences for whoever may have meant it otherwise.
    pub notes: Vec<String>,
}

impl Division {
    /// The division of photographs that lie at `paths`: there is one when something lies in `train`.
    pub fn of<'a>(paths: impl Iterator<Item = &'a Path> + Clone) -> Self {
        let (mut train, mut test) = (false, false);
        for path in paths.clone() {
            match Split::of(path) {
                Some((Split::Train, _)) => train = true,
                Some((Split::Test, _)) => test = true,
                None => {}
            }
        }
        let mut division = Self {
            divided: train,
            validation: train && !test,
            notes: Vec::new(),
        };
        division.notes = division.notes_on(paths);
        division
    }

    /// The split of a photograph at `path`, and its path below that.
    pub fn split(&self, path: &Path) -> (Option<Split>, PathBuf) {
        let found = match self.divided {
            true => Split::of(path).or_else(|| self.of_validation(path)),
            false => None,
        };
        found.map_or_else(
            || (None, path.to_owned()),
            |(split, rest)| (Some(split), rest),
        )
    }

    fn of_validation(&self, path: &Path) -> Option<(Split, PathBuf)> {
        self.validation
            .then(|| Split::of_validation(path))
            .flatten()
    }

    fn notes_on<'a>(&self, paths: impl Iterator<Item = &'a Path> + Clone) -> Vec<String> {
        if !self.divided {
            return undivided(paths).into_iter().collect();
        }
        let mut notes = Vec::new();
        let validation = paths
            .clone()
            .find(|path| self.of_validation(path).is_some());
        if let Some(folder) = validation.and_then(label) {
            notes.push(format!(
                "there is no folder test: {folder} is taken for testing"
            ));
        }
        let outside = paths.filter(|path| self.split(path).0.is_none());
        let folders: Vec<Option<String>> = outside.map(label).collect();
        if let Some(count) = Some(folders.len()).filter(|count| *count > 0) {
            let named: BTreeSet<String> = folders.into_iter().flatten().collect();
            notes.push(format!(
                "{count} pictures outside train and test are left out{}",
                among(&named)
            ));
        }
        notes
    }
}

/// What to tell where folders are called nearly as splits are, and so are labels that are trained on.
fn undivided<'a>(paths: impl Iterator<Item = &'a Path>) -> Option<String> {
    let nearly = |name: &String| {
        let name = name.to_ascii_lowercase();
        name.starts_with("test") || name.starts_with("train")
    };
    let named: BTreeSet<String> = paths.filter_map(label).filter(nearly).collect();
    (!named.is_empty()).then(|| {
        format!(
            "no folder is called train, so that all pictures are trained on{}; the folders train and test divide them",
            among(&named)
        )
    })
}

/// Says in which folders, of which few are named.
fn among(folders: &BTreeSet<String>) -> String {
    const NAMED: usize = 3;
    let first: Vec<&str> = folders.iter().take(NAMED).map(String::as_str).collect();
    let more = folders.len().saturating_sub(NAMED);
    match (first.is_empty(), more) {
        (true, _) => String::new(),
        (false, 0) => format!(", those in {} among them", first.join(", ")),
        (false, more) => format!(
            ", those in {} and {more} other folders among them",
            first.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn division(paths: &[&str]) -> Division {
        Division::of(paths.iter().map(Path::new))
    }

    #[test]
    fn val_is_tested_on_only_where_there_is_no_test_and_either_is_told() {
        let taken = division(&["Train/a.png", "val/b.png"]);
        let split = taken.split(Path::new("val/b.png"));
        assert_eq!(split, (Some(Split::Test), "b.png".into()));
        assert!(
            taken.notes[0].contains("val is taken for testing"),
            "{:?}",
            taken.notes
        );

        let left = division(&["train/a.png", "test/c.png", "val/b.png", "top.png"]);
        assert_eq!(left.split(Path::new("val/b.png")).0, None);
        assert_eq!(
            left.notes,
            ["2 pictures outside train and test are left out, those in val among them"]
        );
        assert!(division(&["train/a.png", "TEST/b/c.png"]).notes.is_empty());
    }

    #[test]
    fn folders_called_nearly_as_splits_are_told_of() {
        let nearly = division(&["trainA/a.png", "trainB/a.png", "testA/a.png", "testB/b.png"]);
        assert_eq!(nearly.split(Path::new("testA/a.png")).0, None);
        let [note] = &nearly.notes[..] else {
            panic!("{:?}", nearly.notes)
        };
        assert!(
            note.contains("testA, testB, trainA and 1 other folders"),
            "{note}"
        );
        assert!(division(&["skirt/a.png", "b.png"]).notes.is_empty());
    }
}
