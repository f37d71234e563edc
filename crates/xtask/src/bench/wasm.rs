//! The examples of crates/web that benchmarks run in a browser.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};

use crate::command;
use crate::setup::{PageTools, WASM_TARGET};
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
    let profile = if release { "page" } else { "quick" };
    let mut cargo = tools.command("cargo");
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", profile, "--target", WASM_TARGET])
        .args(["-p", "web"])
        .args(examples.iter().map(|name| format!("--example={name}")));
    command::run(&mut cargo)?;
    let made = workspace.target.join(WASM_TARGET).join(profile);
    let out = folder(workspace)?.join(format!("wasm-{profile}"));
    for name in examples {
        let from = made.join("examples").join(format!("{name}.wasm"));
        if is_newer(&out.join(format!("{name}_bg.wasm")), &from) {
            continue;
        }
        let mut bindgen = tools.command("wasm-bindgen");
        bindgen
            .args(["--target", "web", "--no-typescript", "--out-dir"])
            .args([&out, &from]);
        command::run(&mut bindgen)?;
    }
    Ok(out)
}

fn is_newer(made: &Path, from: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|facts| facts.modified()).ok();
    match (time(made), time(from)) {
        (Some(made), Some(from)) => made >= from,
        _ => false,
    }
}
