//! The page in dist/: Trunk builds it with its first program, the second follows, and a list of its files, its address and
//! compressed copies are added.

mod address;
mod budget;
mod bundle;
mod compress;
mod listing;
mod preload;
mod programs;

use crate::command;
use crate::setup::{self, PageTools};
use crate::workspace::Workspace;
pub use address::Address;
use anyhow::{Context, Result};
pub use programs::{bind_viewer, compile_viewer};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// How the page's wasm is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Quick to build again: the profile that training and tests use.
    Quick,
    /// Small to download: link-time optimisation over everything, few files, and compressed copies beside them.
    Small,
}

impl Build {
    /// What `--release` asks for, and what its absence does.
    pub fn of_release(release: bool) -> Self {
        if release { Self::Small } else { Self::Quick }
    }

    /// Cargo's profile.
    pub fn profile(self) -> &'static str {
        match self {
            Self::Quick => "quick",
            Self::Small => "page",
        }
    }
}

/// Builds the page, all of it, and returns its folder. With `address`, it tells other sites where it is.
pub fn build(
    workspace: &Workspace,
    tools: &PageTools,
    build: Build,
    address: Option<&Address>,
) -> Result<PathBuf> {
    let dist = build_viewer(workspace, tools, build, address)?;
    complete(workspace, tools, build, &dist)?;
    Ok(dist)
}

/// The page without its workshop, of which it says that it is still being built.
pub fn build_viewer(
    workspace: &Workspace,
    tools: &PageTools,
    build: Build,
    address: Option<&Address>,
) -> Result<PathBuf> {
    let bundler = match build {
        Build::Quick => None,
        Build::Small => Some(setup::for_bundling(workspace)?),
    };
    let started = Instant::now();
    let dist = workspace.root.join("dist");
    println!("page: building it into dist/ (the first time takes many minutes)");
    trunk(workspace, tools, build)?;
    if let Some(address) = address {
        address.write_into(&dist.join("index.html"))?;
    }
    if let Some(bundler) = bundler {
        bundle::write(&bundler, &dist)?;
    }
    preload::write(&dist)?;
    programs::announce(&dist, None)?;
    listing::write(&dist)?;
    println!("page: built in {:.1} s", started.elapsed().as_secs_f64());
    Ok(dist)
}

/// Adds the workshop, and what is made of all files together.
pub fn complete(workspace: &Workspace, tools: &PageTools, build: Build, dist: &Path) -> Result<()> {
    let started = Instant::now();
    programs::add_workshop(workspace, tools, build, dist)?;
    programs::arrived(dist)?;
    listing::write(dist)?;
    if build == Build::Small {
        println!("page: {}", compress::folder(dist)?);
        println!("page: {}", budget::spent(dist)?);
    }
    let seconds = started.elapsed().as_secs_f64();
    println!("page: its workshop, for refining and training, is ready in {seconds:.1} s");
    Ok(())
}

/// The same for a page that is served already: a failure is printed, and the page tells it to whoever asks for the workshop.
pub fn complete_served(workspace: &Workspace, tools: &PageTools, build: Build, dist: &Path) {
    let Err(error) = complete(workspace, tools, build, dist) else {
        return;
    };
    eprintln!("error: the page has no workshop: {error:#}");
    let sentence = format!("it did not build ({error:#})");
    if let Err(error) = programs::announce(dist, Some(&sentence)) {
        eprintln!("error: {error:#}");
    }
}

/// A copy of the page in dist/ in few files, as those to publish are; returns its folder.
pub fn bundled(workspace: &Workspace) -> Result<PathBuf> {
    let bundler = setup::for_bundling(workspace)?;
    let (dist, folder) = (
        workspace.root.join("dist"),
        workspace.target.join("bundled"),
    );
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    for file in compress::files(&dist)? {
        let copy = folder.join(file.strip_prefix(&dist)?);
        let parent = copy.parent().context("a file without a folder")?;
        fs::create_dir_all(parent)
            .and_then(|()| fs::copy(&file, &copy))
            .with_context(|| format!("copying {} to {}", file.display(), copy.display()))?;
    }
    preload::remove(&folder)?;
    bundle::write(&bundler, &folder)?;
    preload::write(&folder)?;
    listing::write(&folder)?;
    Ok(folder)
}

fn trunk(workspace: &Workspace, tools: &PageTools, build: Build) -> Result<()> {
    let mut trunk = tools.command("trunk");
    trunk
        .current_dir(&workspace.root)
        .args(["--config", "trunk.toml", "--log", "error", "build"])
        .args(["--cargo-profile", build.profile()]);
    // Trunk reads this variable itself and refuses the customary value 1.
    trunk.env_remove("NO_COLOR");
    command::run(&mut trunk).context("the page does not build")
}
