//! Rust for browsers: Cargo compiles it for wasm32, and wasm-bindgen writes the JavaScript around it.

use anyhow::Result;
use std::path::{Path, PathBuf};

use crate::command;
use crate::setup::{PageTools, WASM_TARGET, WasmCompiler};
use crate::workspace::Workspace;

/// Compiles what these arguments of `cargo build` select, and says in which folder it is.
pub fn compile(
    workspace: &Workspace,
    compiler: &WasmCompiler,
    profile: &str,
    selected: &[String],
) -> Result<PathBuf> {
    let mut cargo = command::new("cargo");
    compiler.apply(&mut cargo);
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", profile, "--target", WASM_TARGET])
        .args(selected);
    command::run(&mut cargo)?;
    Ok(workspace.target.join(WASM_TARGET).join(profile))
}

/// Has wasm-bindgen write `NAME.js` and `NAME_bg.wasm` of `NAME.wasm` in `from` into `to`, unless they are newer.
pub fn bind(tools: &PageTools, from: &Path, name: &str, to: &Path) -> Result<()> {
    let from = from.join(format!("{name}.wasm"));
    if is_newer(&to.join(format!("{name}_bg.wasm")), &from) {
        return Ok(());
    }
    let mut bindgen = tools.command("wasm-bindgen");
    command::run(
        bindgen
            .args(["--target", "web", "--out-dir"])
            .args([to, &from]),
    )
}

fn is_newer(made: &Path, from: &Path) -> bool {
    let time = |path: &Path| path.metadata().and_then(|facts| facts.modified()).ok();
    match (time(made), time(from)) {
        (Some(made), Some(from)) => made >= from,
        _ => false,
    }
}
