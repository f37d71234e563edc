//! The page's examples that benchmarks run in a browser.

use anyhow::{Context, Result};
use std::path::PathBuf;

use crate::page::Build;
use crate::setup::PageTools;
use crate::wasm;
use crate::workspace::Workspace;

/// Where benchmarks in a browser keep what they build; made if it is not there.
pub fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("bench-web");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

/// Builds these examples of crates/viewer and crates/workshop as they would be published, or quickly, and gives the folder
/// in which they are as wasm-bindgen leaves them. What has not changed is left.
pub fn built(
    workspace: &Workspace,
    tools: &PageTools,
    release: bool,
    examples: &[&str],
) -> Result<PathBuf> {
    let profile = Build::of_release(release).profile();
    let mut selected: Vec<_> = ["-p", "viewer", "-p", "workshop"].map(str::to_owned).into();
    selected.extend(examples.iter().map(|name| format!("--example={name}")));
    let made = wasm::compile(workspace, &tools.wasm, profile, &selected)?.join("examples");
    let out = folder(workspace)?.join(format!("wasm-{profile}"));
    for name in examples {
        wasm::bind(tools, &made, name, &out)?;
    }
    Ok(out)
}
