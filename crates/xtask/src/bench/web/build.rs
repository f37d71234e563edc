//! What the contestants run: wasm of ours and of plain Burn, random models, and the same as ONNX.

use anyhow::Result;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use crate::bench::wasm;
use crate::command;
use crate::setup::PageTools;
use crate::workspace::Workspace;

/// Examples of crates/viewer and crates/workshop.
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
    let wasm = wasm::built(workspace, tools, options.release, &MODULES)?;
    let folder = wasm::folder(workspace)?;
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
    Ok(Programs(workspace.target.join("quick")))
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
