//! Training or testing: which of the two a photograph is for.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Component, Path, PathBuf};

/// What others call the photographs that they look at between trainings.
const VALIDATION: [&str; 4] = ["val", "valid", "validation", "dev"];

/// What a photograph is for.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Split {
    /// Trained on.
    Train,
    /// Kept apart, to measure on.
    Test,
}

impl Split {
    /// Both, in the order in which they are worked through.
    pub const ALL: [Self; 2] = [Self::Train, Self::Test];

    /// The folder `train` or `test` that a path begins with, in whatever case, and the rest of it.
    pub fn of(path: &Path) -> Option<(Self, PathBuf)> {
        let (first, rest) = first_folder(path)?;
        Some((first.parse().ok()?, rest))
    }

    /// The folder for validation that a path begins with, and the rest of it: to test with, where there is no `test`.
    pub fn of_validation(path: &Path) -> Option<(Self, PathBuf)> {
        let (first, rest) = first_folder(path)?;
        VALIDATION
            .contains(&first.as_str())
            .then_some((Self::Test, rest))
    }

    /// Draws the split of the photograph `name`: a function of the seed and the name alone, so that it stays when
    /// photographs are added. `share` is the expected share of [`Split::Test`].
    pub fn draw(name: &str, seed: u64, share: f64) -> Self {
        let digest = Sha256::new()
            .chain_update(seed.to_le_bytes())
            .chain_update(name)
            .finalize();
        let mut first = [0; 8];
        first.copy_from_slice(&digest[..8]);
        let drawn = u64::from_le_bytes(first) as f64 / 2f64.powi(64);
        if drawn < share {
            Self::Test
        } else {
            Self::Train
        }
    }
}

/// The folder a path begins with, in small letters, and the rest of it.
fn first_folder(path: &Path) -> Option<(String, PathBuf)> {
    let mut parts = path.components();
    let Component::Normal(first) = parts.next()? else {
        return None;
    };
    let rest = parts.as_path();
    let first = first.to_str()?.to_ascii_lowercase();
    (!rest.as_os_str().is_empty()).then(|| (first, rest.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_split_is_the_first_folder() {
        let split = |path: &str| Split::of(Path::new(path));
        assert_eq!(
            split("train/skirt/a.jpg"),
            Some((Split::Train, "skirt/a.jpg".into()))
        );
        assert_eq!(split("test/a.jpg"), Some((Split::Test, "a.jpg".into())));
        assert_eq!(split("Train/A.JPG"), Some((Split::Train, "A.JPG".into())));
        assert_eq!(split("TEST/a.jpg"), Some((Split::Test, "a.jpg".into())));
        let validation = |path: &str| Split::of_validation(Path::new(path));
        assert_eq!(validation("Val/a.jpg"), Some((Split::Test, "a.jpg".into())));
        assert_eq!(validation("test/a.jpg"), None);
        for other in [
            "training/a.jpg",
            "skirt/train/a.jpg",
            "/train/a.jpg",
            "train",
            "",
        ] {
            assert_eq!(split(other), None, "{other}");
        }
    }

    #[test]
    fn about_the_share_is_drawn_and_a_name_keeps_its_split() {
        let names: Vec<String> = (0..2000).map(|n| format!("skirt/{n}.jpg")).collect();
        let tests = |seed, share| -> Vec<&String> {
            let is_test = |name: &&String| Split::draw(name, seed, share) == Split::Test;
            names.iter().filter(is_test).collect()
        };
        assert!((150..250).contains(&tests(1, 0.1).len()));
        assert_ne!(tests(1, 0.1), tests(2, 0.1));
        // A larger share only adds.
        assert!(
            tests(1, 0.1)
                .iter()
                .all(|name| tests(1, 0.2).contains(name))
        );
        assert_eq!((tests(1, 0.0).len(), tests(1, 1.0).len()), (0, 2000));
    }
}
