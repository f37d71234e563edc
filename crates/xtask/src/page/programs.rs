//! The page's two programs. Trunk adds the first, `viewer`; the second, `workshop`, is added to a page that may be open
//! already, which finds `wasm/workshop.json` until it is there.

use anyhow::{Context, Result};
use serde_json::json;
use std::fs;
use std::path::{Path, PathBuf};

use super::Build;
use crate::setup::{PageTools, WasmCompiler};
use crate::wasm;
use crate::workspace::Workspace;

/// Tells a page that is open why there is no workshop yet; web/js/workshop.js reads it.
pub(super) const STATE: &str = "wasm/workshop.json";
const VIEWER: &str = "viewer";
const WORKSHOP: &str = "workshop";

/// Compiles the first program, as Trunk will ask for it: Trunk then finds it done.
pub fn compile_viewer(workspace: &Workspace, compiler: &WasmCompiler, build: Build) -> Result<()> {
    compile(workspace, compiler, build, VIEWER).map(drop)
}

fn compile(
    workspace: &Workspace,
    compiler: &WasmCompiler,
    build: Build,
    package: &str,
) -> Result<PathBuf> {
    let selected = ["-p", package, "--lib"].map(str::to_owned);
    wasm::compile(workspace, compiler, build.profile(), &selected)
}

/// Compiles the first program for other pages, and says in which folder it is as wasm-bindgen leaves it.
pub fn bind_viewer(workspace: &Workspace, tools: &PageTools, build: Build) -> Result<PathBuf> {
    bound(workspace, tools, build, VIEWER)
}

fn bound(workspace: &Workspace, tools: &PageTools, build: Build, name: &str) -> Result<PathBuf> {
    let made = compile(workspace, &tools.wasm, build, name)?;
    let bound = made.join("page");
    wasm::bind(tools, &made, name, &bound)?;
    Ok(bound)
}

/// Compiles the second program and puts it into `dist`.
pub fn add_workshop(
    workspace: &Workspace,
    tools: &PageTools,
    build: Build,
    dist: &Path,
) -> Result<()> {
    let bound = bound(workspace, tools, build, WORKSHOP)?;
    // The wasm last: whoever finds it finds all of it.
    for ending in [".d.ts", ".js", "_bg.wasm"] {
        let name = format!("{WORKSHOP}{ending}");
        let (part, whole) = (dist.join("wasm/part"), dist.join("wasm").join(&name));
        fs::copy(bound.join(&name), &part)
            .and_then(|_| fs::rename(&part, &whole))
            .with_context(|| format!("putting {name} into {}", dist.display()))?;
    }
    Ok(())
}

/// Says in a page that is served that the workshop is on its way, or, with a sentence, why it will not come.
pub fn announce(dist: &Path, failed: Option<&str>) -> Result<()> {
    let state = failed.map_or_else(|| json!({}), |failed| json!({ "failed": failed }));
    fs::write(dist.join(STATE), state.to_string())
        .with_context(|| format!("writing {STATE} in {}", dist.display()))
}

/// The workshop is there: nothing is to be said any more.
pub fn arrived(dist: &Path) -> Result<()> {
    fs::remove_file(dist.join(STATE))
        .with_context(|| format!("removing {STATE} from {}", dist.display()))
}
