//! The page in dist/: Trunk builds it, and a list of its files, its address and compressed copies are added.

mod address;
mod compress;
mod listing;

use crate::command;
use crate::setup::PageTools;
use crate::workspace::Workspace;
pub use address::Address;
use anyhow::{Context, Result};
use std::path::PathBuf;
use std::time::Instant;

/// How the page's wasm is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// Quick to build again: the profile that training and tests use.
    Quick,
    /// Small to download: link-time optimisation over everything, and compressed copies beside the files.
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

/// Builds the page and returns its folder. With `address`, it tells other sites where it is.
pub fn build(
    workspace: &Workspace,
    tools: &PageTools,
    build: Build,
    address: Option<&Address>,
) -> Result<PathBuf> {
    let started = Instant::now();
    let dist = workspace.root.join("dist");
    println!("page: building it into dist/ (the first time takes many minutes)");
    trunk(workspace, tools, build)?;
    if let Some(address) = address {
        address.write_into(&dist.join("index.html"))?;
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
        .args(["--config", "trunk.toml", "--log", "error", "build"])
        .args(["--cargo-profile", build.profile()]);
    // Trunk reads this variable itself and refuses the customary value 1.
    trunk.env_remove("NO_COLOR");
    command::run(&mut trunk).context("the page does not build")
}
