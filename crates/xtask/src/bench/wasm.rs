//! The examples of crates/web that benchmarks run in a browser.

use anyhow::{Context, Result};
use std::path::PathBuf;

use crate::page::{Build, wasm};
use crate::setup::PageTools;
use crate::workspace::Workspace;

/// Where benchmarks in a browser keep what they build; made if it is not there.
pub fn folder(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.target.join("bench-web");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    Ok(folder)
}

/// Builds these examples as they would be published, or quickly, and gives the folder in which they are as wasm-bindgen
/// leaves them. What has not changed is left.
pub fn built(
    workspace: &Workspace,
    tools: &PageTools,
    release: bool,
    examples: &[&str],
) -> Result<PathBuf> {
    let build = Build::of_release(release);
    let out = folder(workspace)?.join(format!("wasm-{}", build.profile()));
    wasm::examples(workspace, tools, build, examples, &out)?;
    Ok(out)
}
