//! What the contestants run: wasm of ours and of plain Burn, random models, and the same as ONNX.

use anyhow::Result;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::Options;
use crate::bench::wasm;
use crate::command;
use crate::setup::PageTools;
use crate::workspace::Workspace;

/// Examples of crates/viewer and crates/workshop.
const MODULES: [&str; 3] = ["benchmark", "plain", "training"];

/// Builds all of it, and gives the folders by the names that the driver knows them by; what has not changed is left.
pub fn all(workspace: &Workspace, tools: &PageTools, options: &Options) -> Result<Value> {
    let wasm = wasm::built(workspace, tools, options.release, &MODULES)?;
    let folder = wasm::folder(workspace)?;
    let programs = programs(workspace)?;
    // One model that is not trained, one that is, and the first one's networks as ONNX.
    let model = programs.model(&folder, options.width)?;
    let training = programs.model(&folder, options.training_width)?;
    let onnx = programs.onnx(&folder.join("onnx"), &model)?;
    Ok(json!({ "wasm": wasm, "model": model, "training": training, "onnx": onnx }))
}

/// The page's own model, and its networks as ONNX.
pub fn published(workspace: &Workspace, page: &Path) -> Result<Value> {
    let model = page.join("weights");
    let out = wasm::folder(workspace)?.join("published-onnx");
    let onnx = programs(workspace)?.onnx(&out, &model)?;
    Ok(json!({ "model": model, "onnx": onnx }))
}

/// Native programs, built quickly: they only write files.
struct Programs(PathBuf);

fn programs(workspace: &Workspace) -> Result<Programs> {
    let mut cargo = command::new("cargo");
    cargo.current_dir(&workspace.root).args([
        "build",
        "--profile=quick",
        // With the features of the tests' builds: others would have Burn compiled again.
        "--workspace",
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

    fn onnx(&self, out: &Path, model: &Path) -> Result<PathBuf> {
        let mut program = self.command("stylewalk");
        program.arg("export").arg(model).arg("--out").arg(out);
        command::text(program.args(["--format", "onnx", "--device", "cpu"]))?;
        Ok(out.to_owned())
    }
}
