//! Each convolution of the networks, at each of its shapes: how many GFLOP/s, beside what a plain matrix product reaches
//! on the same device in the same run.

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;
use serde_json::json;
use std::path::{Path, PathBuf};

use super::spread::Spread;
use super::wasm;
use super::web::Adapter;
use crate::command;
use crate::setup::{self, TestTools};
use crate::workspace::Workspace;

/// What the names of a browser's devices begin with.
const IN_BROWSER: &str = "browser-";
/// Where the tables go.
const TABLE: &str = "docs/bench-kernels.md";

/// `cargo xtask bench kernels`
#[derive(Args)]
pub struct Options {
    /// Channels of the first convolution
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Samples: a table for each
    #[arg(long, value_delimiter = ',', default_value = "1,32")]
    batch: Vec<usize>,
    /// Devices: cpu, wgpu (the best GPU), or vulkan, which is Chromium's SwiftShader where that is installed; and in
    /// Chromium, browser-cpu and browser-webgpu
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "cpu,wgpu,browser-cpu,browser-webgpu"
    )]
    devices: Vec<String>,
    /// The browser's graphics adapter: an emulated one that every Chromium has, or the machine's own
    #[arg(long, value_enum, default_value_t = Adapter::Swiftshader)]
    adapter: Adapter,
    /// How often everything is timed, in turns
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Build as tests are built, where everything but arithmetic is slow
    #[arg(long)]
    quick: bool,
    /// Milliseconds that each timing repeats an operation for
    #[arg(long, default_value_t = 50)]
    least: usize,
}

/// What the program prints of an operation.
#[derive(Deserialize)]
struct Line {
    device: String,
    name: String,
    who: String,
    gflops: Vec<f64>,
}

/// Runs the benchmark, prints its tables and writes them into docs/.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    let mut text = format!(
        "The convolutions of the networks in GFLOP/s, `cargo xtask bench kernels`: medians (slowest to fastest) of {} \
         runs in turns. The last column is ours over the best plain matrix product on the same device in the same run. \
         Products with the zeros around an image are counted.\n",
        options.runs.max(1)
    );
    for device in &options.devices {
        let program = match device.starts_with(IN_BROWSER) {
            true => Program::Browser(Browser::new(workspace, options)?),
            false => Program::Native(native(workspace, options)?),
        };
        for batch in &options.batch {
            let lines = lines(&program.run(options, device, *batch)?)?;
            let table = table(&lines, options.width, *batch)?;
            println!("\n{table}");
            text.push_str(&format!("\n{table}"));
        }
    }
    let path = workspace.root.join(TABLE);
    std::fs::write(&path, text).with_context(|| format!("could not write {}", path.display()))
}

/// What times a device.
enum Program {
    Native(PathBuf),
    Browser(Browser),
}

impl Program {
    /// The lines that it prints.
    fn run(&self, options: &Options, device: &str, batch: usize) -> Result<String> {
        match self {
            Self::Native(program) => run_natively(program, options, device, batch),
            Self::Browser(browser) => browser.run(options, device, batch),
        }
    }
}

/// Builds the native program.
fn native(workspace: &Workspace, options: &Options) -> Result<PathBuf> {
    let profile = if options.quick { "quick" } else { "release" };
    let mut build = command::new("cargo");
    build.current_dir(&workspace.root).args([
        "build",
        "--package=bigan",
        "--package=stylewalk",
        "--example=kernels",
        "--profile",
        profile,
    ]);
    command::run(&mut build)?;
    let program = format!("kernels{}", std::env::consts::EXE_SUFFIX);
    let folder = workspace.target.join(profile).join("examples");
    Ok(folder.join(program))
}

fn run_natively(program: &Path, options: &Options, device: &str, batch: usize) -> Result<String> {
    let mut kernels = command::new(program);
    kernels.args(["--device", device]);
    for (name, value) in [
        ("--width", options.width),
        ("--batch", batch),
        ("--runs", options.runs),
        ("--least", options.least),
    ] {
        kernels.arg(name).arg(value.to_string());
    }
    if device == "vulkan" {
        kernels.envs(setup::emulated_vulkan());
    }
    command::text(&mut kernels)
}

/// Chromium and what it runs.
struct Browser {
    tests: TestTools,
    driver: PathBuf,
    wasm: PathBuf,
}

impl Browser {
    fn new(workspace: &Workspace, options: &Options) -> Result<Self> {
        let tools = setup::for_page(workspace)?;
        Ok(Self {
            tests: setup::for_tests(workspace)?,
            driver: workspace.root.join("tests/bench/web/roof.mjs"),
            wasm: wasm::built(workspace, &tools, !options.quick, &["roof"])?,
        })
    }

    fn run(&self, options: &Options, device: &str, batch: usize) -> Result<String> {
        let settings = json!({
            "wasm": self.wasm,
            "adapter": options.adapter.key(),
            "device": device.trim_start_matches(IN_BROWSER),
            "width": options.width,
            "batch": batch,
            "runs": options.runs,
            "least": options.least,
        });
        let mut node = self.tests.command("node");
        command::text(node.arg(&self.driver).arg(settings.to_string()))
    }
}

fn lines(printed: &str) -> Result<Vec<Line>> {
    let line = |line: &str| {
        serde_json::from_str(line).with_context(|| format!("the benchmark printed `{line}`"))
    };
    printed.lines().map(line).collect()
}

/// Lines of the same name are ours and Burn's.
fn table(lines: &[Line], width: usize, batch: usize) -> Result<String> {
    let device = lines.first().map_or("", |line| &line.device);
    let mut table = format!(
        "{device}, width {width}, batch {batch}:\n\n| | ours | Burn's | ours over the product |\n|---|---|---|---|\n"
    );
    let speeds = lines
        .iter()
        .map(|line| Spread::of(line.gflops.clone()).context("a benchmark printed no times"))
        .collect::<Result<Vec<Spread>>>()?;
    let of = |name: &str, who: &str| {
        let at = lines
            .iter()
            .position(|line| line.name == name && line.who == who)?;
        speeds.get(at)
    };
    let products = lines
        .iter()
        .zip(&speeds)
        .filter(|(line, _)| is_product(line));
    let roof = products
        .map(|(_, speed)| speed.median())
        .fold(0.0, f64::max);
    for line in lines.iter().filter(|line| line.who == "ours") {
        let name = &line.name;
        let ours = of(name, "ours").context("a benchmark left something out")?;
        let burns = of(name, "Burn's").map_or_else(|| "-".to_owned(), |speed| speed.digits(1));
        let ratio = ours.median() / roof;
        table.push_str(&format!(
            "| {name} | {} | {burns} | {ratio:.2} |\n",
            ours.digits(1)
        ));
    }
    Ok(table)
}

fn is_product(line: &Line) -> bool {
    line.name.starts_with("matrix product")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_roof_is_the_best_product() {
        let line = |name: &str, who: &str, gflops: f64| {
            format!(
                r#"{{"device":"GPU","name":"{name}","who":"{who}","gflops":[{gflops},{gflops}]}}"#
            )
        };
        let printed = [
            line("matrix product 512x512x512", "ours", 2.0),
            line("matrix product 512x512x512", "Burn's", 8.0),
            line("conv2d 3 -> 64", "ours", 4.0),
            line("conv2d 3 -> 64", "Burn's", 1.0),
        ];
        let table = table(&lines(&printed.join("\n")).unwrap(), 64, 1).unwrap();
        assert!(table.contains("GPU, width 64, batch 1"), "{table}");
        let row = "| conv2d 3 -> 64 | 4.0 (4.0 to 4.0) | 1.0 (1.0 to 1.0) | 0.50 |";
        assert!(table.contains(row), "{table}");
    }
}
