//! The page: web/ and crates/web, built by Trunk into dist/.

mod compress;
mod listing;
mod refresh;
mod stamp;

use crate::command;
use crate::setup::PageTools;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Instant;

/// How the page's wasm is built.
#[derive(Clone, Copy, Debug, Hash, PartialEq, Eq)]
pub enum Build {
    /// Quick to build again: the profile that training and tests use.
    Quick,
    /// Small to download: link-time optimisation over everything, and compressed copies beside the files.
    Small,
}

/// Builds the page and returns its folder.
pub fn build(workspace: &Workspace, tools: &PageTools, build: Build) -> Result<PathBuf> {
    let started = Instant::now();
    let dist = workspace.root.join("dist");
    let inputs = stamp::of_inputs(workspace, tools, build)?;
    let stamp = stamp::Stamp::new(workspace);
    if !(stamp.is_current(inputs) && refresh::run(&workspace.root.join("web"), &dist)?) {
        println!("page: building it into dist/ (the first time takes many minutes)");
        trunk(workspace, tools, build)?;
        stamp.write(inputs)?;
    }
    listing::write(&dist)?;
    if build == Build::Small {
        println!("page: {}", compress::folder(&dist)?);
    }
    println!("page: ready in {:.1} s", started.elapsed().as_secs_f64());
    Ok(dist)
}

fn trunk(workspace: &Workspace, tools: &PageTools, build: Build) -> Result<()> {
    let mut trunk = tools.command("trunk");
    trunk
        .current_dir(&workspace.root)
        .args(["--config", "trunk.toml", "--log", "error", "build"]);
    if build == Build::Small {
        trunk.args(["--cargo-profile", "page"]);
    }
    // Trunk reads this variable itself and refuses the customary value 1.
    trunk.env_remove("NO_COLOR");
    command::run(&mut trunk).context("the page does not build")
}
