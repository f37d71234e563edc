//! What the contestants run: wasm of ours and of plain Burn, random models, and the same as ONNX.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use crate::command;
use crate::setup::{PageTools, WASM_TARGET};
use crate::workspace::Workspace;

/// Examples of crates/web.
const MODULES: [&str; 3] = ["benchmark", "plain", "training"];

/// Where everything is.
pub struct Built {
    /// The modules as wasm-bindgen leaves them.
    pub wasm: PathBuf,
    /// The model directory that is not trained.
    pub model: PathBuf,
    /// The one that is.
    pub training: PathBuf,
    /// The first one's networks as ONNX.
    pub onnx: PathBuf,
    /// Where compressed sizes are noted.
    pub compressed: PathBuf,
}

/// Builds all of it; what has not changed is left.
pub fn all(workspace: &Workspace, tools: &PageTools, options: &Options) -> Result<Built> {
    let folder = workspace.target().join("bench-web");
    std::fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let wasm = wasm(workspace, tools, options, &folder)?;
    let programs = programs(workspace)?;
    let model = programs.model(&folder, options.width)?;
    Ok(Built {
        wasm,
        training: programs.model(&folder, options.training_width)?,
        onnx: programs.onnx(&folder, &model)?,
        model,
        compressed: folder.join("compressed.json"),
    })
}

fn wasm(
    workspace: &Workspace,
    tools: &PageTools,
    options: &Options,
    folder: &Path,
) -> Result<PathBuf> {
    let profile = if options.release { "page" } else { "quick" };
    let mut cargo = tools.command("cargo");
    cargo
        .current_dir(&workspace.root)
        .args(["build", "--profile", profile, "--target", WASM_TARGET])
        .args(["-p", "web"])
        .args(MODULES.map(|module| format!("--example={module}")));
    command::run(&mut cargo)?;
    let made = workspace.target().join(WASM_TARGET).join(profile);
    let out = folder.join(format!("wasm-{profile}"));
    for module in MODULES {
        let from = made.join("examples").join(format!("{module}.wasm"));
        if is_newer(&out.join(format!("{module}_bg.wasm")), &from) {
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

/// Native programs, built quickly: they only write files.
struct Programs(PathBuf);

fn programs(workspace: &Workspace) -> Result<Programs> {
    let mut cargo = command::new("cargo");
    cargo.current_dir(&workspace.root).args([
        "build",
        "--profile=quick",
        "--package=bigan",
        "--package=stylewalk",
        "--example=random_model",
        "--bin=stylewalk",
    ]);
    command::run(&mut cargo)?;
    Ok(Programs(workspace.target().join("quick")))
}

impl Programs {
    fn command(&self, name: &str) -> Command {
        command::new(
            self.0
                .join(format!("{name}{}", std::env::consts::EXE_SUFFIX)),
        )
    }

    /// A model with random weights, the same every time.
    fn model(&self, folder: &Path, width: usize) -> Result<PathBuf> {
        let out = folder.join(format!("random-w{width}"));
        let mut program = self.command("examples/random_model");
        command::text(program.arg(&out).arg("--width").arg(width.to_string()))?;
        Ok(out)
    }

    fn onnx(&self, folder: &Path, model: &Path) -> Result<PathBuf> {
        let out = folder.join("onnx");
        let mut program = self.command("stylewalk");
        program.arg("export").arg(model).arg("--out").arg(&out);
        command::text(program.args(["--format", "onnx", "--device", "cpu"]))?;
        Ok(out)
    }
}
