//! Training or testing: which of the two a photograph is for.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::path::{Component, Path, PathBuf};

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

    /// The folder `train` or `test` that a path begins with, and the rest of it.
    pub fn of(path: &Path) -> Option<(Self, PathBuf)> {
        let mut parts = path.components();
        let Component::Normal(first) = parts.next()? else {
            return None;
        };
        let split = first.to_str()?.parse().ok()?;
        Some((split, parts.as_path().to_owned()))
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
        for other in ["training/a.jpg", "skirt/train/a.jpg", "/train/a.jpg", ""] {
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
