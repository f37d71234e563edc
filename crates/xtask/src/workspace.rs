//! Where things are: the repository, and the cache for tools that outlives a clone.

use anyhow::{Context, Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// The folders that every task works with.
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Tools that set-up builds or downloads, by name and version. In the user's cache, so that a fresh clone finds
    /// them; never on the user's PATH, so that the user's own versions are left alone.
    pub cache: PathBuf,
}

impl Workspace {
    /// Finds the repository this program was built from.
    pub fn find() -> Result<Self> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = here
            .ancestors()
            .nth(2)
            .filter(|root| root.join("Cargo.lock").is_file())
            .context(
                "the repository this program was built from is gone; run `cargo xtask` inside it",
            )?;
        let cache = cache_dir(|name| env::var_os(name).map(PathBuf::from)).context(
            "no folder for the tools: set STYLEWALK_CACHE to a folder that can be written",
        )?;
        Ok(Self {
            root: root.to_path_buf(),
            cache,
        })
    }

    /// The folder of one tool in one version.
    pub fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.cache.join("tools").join(format!("{name}-{version}"))
    }

    /// Cargo's target folder of this repository.
    pub fn target(&self) -> PathBuf {
        match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => self.root.join(folder),
            None => self.root.join("target"),
        }
    }

    /// Reads a text file of the repository.
    pub fn read(&self, name: &str) -> Result<String> {
        let path = self.root.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(error) => bail!("cannot read {}: {error}", path.display()),
        }
    }
}

/// `STYLEWALK_CACHE`, else the user's cache folder by the platform's custom.
fn cache_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    if let Some(chosen) = variable("STYLEWALK_CACHE") {
        return Some(chosen);
    }
    let base = variable("XDG_CACHE_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| variable("LOCALAPPDATA"))
        .or_else(|| variable("HOME").map(|home| home.join(home_cache())))?;
    Some(base.join("stylewalk"))
}

fn home_cache() -> &'static str {
    if cfg!(target_os = "macos") {
        "Library/Caches"
    } else {
        ".cache"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with<'a>(pairs: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<PathBuf> + 'a {
        move |name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| PathBuf::from(value))
        }
    }

    #[test]
    fn a_chosen_cache_wins() {
        let found = cache_dir(with(&[("HOME", "/home/a"), ("STYLEWALK_CACHE", "/tools")]));
        assert_eq!(found, Some(PathBuf::from("/tools")));
    }

    #[test]
    fn the_users_cache_folder_is_next() {
        let found = cache_dir(with(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "/c")]));
        assert_eq!(found, Some(PathBuf::from("/c/stylewalk")));
        let relative = cache_dir(with(&[("HOME", "/home/a"), ("XDG_CACHE_HOME", "c")]));
        assert_eq!(
            relative,
            Some(Path::new("/home/a").join(home_cache()).join("stylewalk"))
        );
    }

    #[test]
    fn without_a_home_there_is_none() {
        assert_eq!(cache_dir(with(&[])), None);
    }
}
