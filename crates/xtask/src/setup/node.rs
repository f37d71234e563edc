//! Node.js and the packages of the browser tests.

use super::{Need, apt};
use crate::command;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::PathBuf;

/// The oldest major version with the test runner that tests/browser uses.
const OLDEST: u32 = 18;
const BY_HAND: &str = "install Node.js 20 or later with npm from https://nodejs.org";

/// Node.js with npm.
pub struct Node;

impl Need for Node {
    fn name(&self) -> String {
        "Node.js with npm".to_owned()
    }

    fn plan(&self) -> String {
        "installing the packages nodejs and npm".to_owned()
    }

    fn is_there(&self) -> Result<bool> {
        let node = command::text(command::new("node").arg("--version"));
        Ok(node.is_ok_and(|version| is_new_enough(&version)) && command::find("npm").is_some())
    }

    fn make(&self) -> Result<()> {
        if !apt::is_here() {
            bail!("the browser tests run on Node.js: {BY_HAND}");
        }
        // Some packages of nodejs bring npm themselves and conflict with Debian's.
        let mut packages = vec!["nodejs"];
        if command::find("npm").is_none() {
            packages.push("npm");
        }
        apt::install(&packages, BY_HAND)
    }
}

/// `v20.20.2`
fn is_new_enough(version: &str) -> bool {
    let major = version.trim().trim_start_matches('v').split('.').next();
    major
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major >= OLDEST)
}

/// The packages that tests/browser/package-lock.json names.
pub struct Packages {
    folder: PathBuf,
}

impl Packages {
    /// Those of this repository.
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            folder: workspace.root.join("tests/browser"),
        }
    }

    /// A copy of the lockfile that the installed packages were made from.
    fn stamp(&self) -> PathBuf {
        self.folder.join("node_modules/.made-from.json")
    }
}

impl Need for Packages {
    fn name(&self) -> String {
        "the Node packages of the browser tests".to_owned()
    }

    fn plan(&self) -> String {
        "`npm ci` in tests/browser".to_owned()
    }

    fn is_there(&self) -> Result<bool> {
        let lock = self.folder.join("package-lock.json");
        if !lock.is_file() {
            bail!("{} is missing; restore it from git", lock.display());
        }
        Ok(fs::read(self.stamp()).ok() == Some(fs::read(&lock)?))
    }

    fn make(&self) -> Result<()> {
        command::run(
            command::new("npm")
                .args(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
                .current_dir(&self.folder),
        )
        .context("npm could not install them; is its registry reachable?")?;
        fs::copy(self.folder.join("package-lock.json"), self.stamp())
            .context("noting which packages are installed")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_understood() {
        assert!(is_new_enough("v20.20.2\n"));
        assert!(is_new_enough("v18.0.0"));
        assert!(!is_new_enough("v16.20.0"));
        assert!(!is_new_enough("not a version"));
    }

    #[test]
    fn packages_are_there_while_the_lockfile_is_the_same() {
        let folder = std::env::temp_dir().join(format!("stylewalk-npm-{}", std::process::id()));
        let packages = Packages {
            folder: folder.clone(),
        };
        fs::create_dir_all(folder.join("node_modules")).unwrap();
        assert!(packages.is_there().is_err(), "no lockfile");
        fs::write(folder.join("package-lock.json"), "{}").unwrap();
        assert!(!packages.is_there().unwrap(), "never installed");
        fs::write(packages.stamp(), "{}").unwrap();
        assert!(packages.is_there().unwrap());
        fs::write(folder.join("package-lock.json"), "{ }").unwrap();
        assert!(!packages.is_there().unwrap(), "the lockfile changed");
        fs::remove_dir_all(&folder).unwrap();
    }
}
