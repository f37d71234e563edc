//! The page in dist/: Trunk puts there what web/ holds, cargo and wasm-bindgen make the wasm.

mod address;
mod compress;
mod listing;
pub mod wasm;

use crate::command;
use crate::setup::PageTools;
use crate::workspace::Workspace;
pub use address::Address;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
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
    let module = wasm::page(workspace, tools, build)?;
    // Trunk empties dist/ first, so nothing of an earlier build is left there.
    trunk(workspace, tools)?;
    add(
        &module,
        &dist.join("wasm"),
        &["web.js", "web.d.ts", "web_bg.wasm"],
    )?;
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

fn trunk(workspace: &Workspace, tools: &PageTools) -> Result<()> {
    let mut trunk = tools.command("trunk");
    trunk
        .current_dir(&workspace.root)
        .args(["--config", "trunk.toml", "--log", "error", "build"]);
    // Trunk reads this variable itself and refuses the customary value 1.
    trunk.env_remove("NO_COLOR");
    command::run(&mut trunk).context("the page does not build")
}

fn add(from: &Path, to: &Path, names: &[&str]) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("making {}", to.display()))?;
    names.iter().try_for_each(|name| {
        fs::copy(from.join(name), to.join(name))
            .map(|_| ())
            .with_context(|| format!("copying {name} from {}", from.display()))
    })
}
