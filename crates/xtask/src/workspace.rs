//! Where things are: the repository, and the cache for tools that outlives a clone.

use crate::command;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders that every task works with.
#[derive(Clone)]
pub struct Workspace {
    /// The repository's root.
    pub root: PathBuf,
    /// Tools that set-up builds or downloads, by name and version. In the user's cache, so that a fresh clone finds
    /// them; never on the user's PATH, so that the user's own versions are left alone.
    pub cache: PathBuf,
    /// Cargo's target folder of this repository.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the repository this program was built from.
    pub fn find() -> Result<Self> {
        let printed = command::text(cargo().args(["metadata", "--no-deps", "--format-version=1"]))
            .context(
                "the repository this program was built from is gone; run `cargo xtask` inside it",
            )?;
        let found: Metadata =
            serde_json::from_str(&printed).context("reading what `cargo metadata` prints")?;
        let cache = cache_dir(|name| env::var_os(name).map(PathBuf::from)).context(
            "no folder for the tools: set STYLEWALK_CACHE to a folder that can be written",
        )?;
        Ok(Self {
            root: found.workspace_root,
            cache,
            target: found.target_directory,
        })
    }

    /// Builds `stylewalk` for speed, which takes long the first time, and says where it is.
    pub fn build_program(&self) -> Result<PathBuf> {
        let mut cargo = command::new("cargo");
        cargo.current_dir(&self.root);
        command::run(cargo.args(["build", "--release", "--package=stylewalk"]))?;
        let name = format!("stylewalk{}", env::consts::EXE_SUFFIX);
        Ok(self.target.join("release").join(name))
    }

    /// The folder of one tool in one version.
    pub fn tool(&self, name: &str, version: &str) -> PathBuf {
        self.cache.join("tools").join(format!("{name}-{version}"))
    }
}

/// What `cargo metadata` says, as far as tasks need it. Not by the crate cargo_metadata: the features of serde_json that
/// it asks for would have Burn compiled once with them and once without.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

/// The version of `package` that `Cargo.lock` has settled on.
pub fn locked_version(package: &str) -> Result<String> {
    let id = command::text(cargo().args(["pkgid", "--locked", package]))
        .with_context(|| format!("Cargo.lock has no single package {package}"))?;
    id.trim()
        .rsplit_once('@')
        .map(|(_, version)| version.to_owned())
        .with_context(|| format!("`cargo pkgid` names no version of {package}: {id}"))
}

/// Cargo, in this repository.
fn cargo() -> Command {
    let mut cargo = command::new("cargo");
    cargo.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")));
    cargo
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

    #[test]
    fn this_repository_is_found() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.root.join("crates/xtask/Cargo.toml").is_file());
        assert!(workspace.target.is_absolute());
    }

    #[test]
    fn the_lockfile_names_whole_packages() {
        assert!(locked_version("wasm-bindgen").unwrap().starts_with("0.2."));
        let error = locked_version("bindge").unwrap_err().to_string();
        assert!(error.contains("no single package bindge"), "{error}");
    }

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
