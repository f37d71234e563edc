//! One training step, ours and PyTorch's: the same networks, losses, optimizer and sizes, on the same device.

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use std::path::{Path, PathBuf};

use super::spread::Spread;
use crate::command;
use crate::workspace::Workspace;

/// Where the table goes.
const TABLE: &str = "docs/bench-train.md";

/// `cargo xtask bench train`
#[derive(Args)]
pub struct Options {
    /// Channels of the first convolution
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Pictures a step
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// cpu, or cuda: both programs run on it
    #[arg(long, default_value = "cpu", value_parser = ["cpu", "cuda"])]
    device: String,
    /// A Python that has PyTorch
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Time PyTorch's compiled networks too
    #[arg(long)]
    compile: bool,
    /// Photographs: time `stylewalk train` on them too, which loads them while it trains
    #[arg(long)]
    data: Option<PathBuf>,
    /// How often each program is started, in turns
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Steps timed after each start
    #[arg(long, default_value_t = 3)]
    runs: usize,
}

/// What both programs print.
#[derive(Deserialize)]
struct Printed {
    device: String,
    milliseconds: Vec<f64>,
}

/// One program of the comparison and its times.
struct Contestant {
    name: String,
    times: Vec<f64>,
}

/// Runs the comparison.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    check_python(&options.python)?;
    let ours = build(workspace, &options.device)?;
    let mut contestants: Vec<Contestant> = Vec::new();
    for round in 1..=options.rounds.max(1) {
        println!("round {round} of {}", options.rounds.max(1));
        let mut printed = vec![ask(&mut step(&ours, options))?];
        if let Some(data) = &options.data {
            printed.push(loading(workspace, options, data)?);
        }
        for compiled in [false, true] {
            if !compiled || options.compile {
                let mut command = pytorch(workspace, options, compiled);
                printed.push(ask(&mut command)?);
            }
        }
        for (index, printed) in printed.into_iter().enumerate() {
            if contestants.len() <= index {
                let name = match index {
                    0 => format!("stylewalk, {}", printed.device),
                    _ => printed.device.clone(),
                };
                let times = Vec::new();
                contestants.push(Contestant { name, times });
            }
            contestants[index].times.extend(printed.milliseconds);
        }
    }
    let table = table(options, contestants)?;
    println!("\n{table}");
    let path = workspace.root.join(TABLE);
    std::fs::write(&path, table).with_context(|| format!("could not write {}", path.display()))
}

fn check_python(python: &Path) -> Result<()> {
    let asked = command::text(command::new(python).args(["-c", "import torch, numpy"]));
    if asked.is_err() {
        bail!(
            "{} has no PyTorch; install it with `pip install torch numpy`, or name another Python with --python",
            python.display()
        );
    }
    Ok(())
}

/// Builds our program, optimised, and says where it is.
fn build(workspace: &Workspace, device: &str) -> Result<PathBuf> {
    let mut cargo = command::new("cargo");
    cargo.current_dir(&workspace.root).args([
        "build",
        "--release",
        "--package=bigan",
        "--package=stylewalk",
        "--example=training_step",
        "--bin=stylewalk",
    ]);
    if device == "cuda" {
        cargo.arg("--features=stylewalk/cuda");
    }
    command::run(&mut cargo)?;
    Ok(program(workspace, "examples/training_step"))
}

/// Where a program lies that was built for speed.
fn program(workspace: &Workspace, name: &str) -> PathBuf {
    let name = format!("{name}{}", std::env::consts::EXE_SUFFIX);
    workspace.target().join("release").join(name)
}

/// A line of a run's stats.jsonl, as far as it is needed.
#[derive(Deserialize)]
struct Line {
    images_per_second: f64,
}

/// Steps of `stylewalk train` itself: the same work, on photographs that it loads.
fn loading(workspace: &Workspace, options: &Options, data: &Path) -> Result<Printed> {
    let runs = workspace.target().join("bench-train");
    if runs.exists() {
        // Of a benchmark that was stopped.
        std::fs::remove_dir_all(&runs)?;
    }
    let never = "1000000";
    let mut train = command::new(program(workspace, "stylewalk"));
    train.arg("train").arg(data).arg("--runs").arg(&runs);
    train.args(["--device", &options.device, "--flips"]);
    train.args([
        "--log-every",
        "1",
        "--snapshot-every",
        never,
        "--watch-every",
        never,
    ]);
    for (flag, value) in [
        ("--width", options.width),
        ("--batch", options.batch),
        // The first step also allocates.
        ("--steps", options.runs.max(1) + 1),
    ] {
        train.arg(flag).arg(value.to_string());
    }
    command::text(&mut train)?;
    let stats = runs.join("00000-run/stats.jsonl");
    let text = std::fs::read_to_string(&stats);
    let text = text.with_context(|| format!("could not read {}", stats.display()))?;
    std::fs::remove_dir_all(&runs)?;
    let mut milliseconds = Vec::new();
    for line in text.lines().skip(1) {
        let Line { images_per_second } = serde_json::from_str(line)?;
        milliseconds.push(1e3 * options.batch as f64 / images_per_second);
    }
    Ok(Printed {
        device: "the same, in `stylewalk train` with its photographs loaded as it goes".to_owned(),
        milliseconds,
    })
}

fn step(program: &Path, options: &Options) -> std::process::Command {
    let mut command = command::new(program);
    sizes(&mut command, options);
    command
}

fn pytorch(workspace: &Workspace, options: &Options, compiled: bool) -> std::process::Command {
    let mut command = command::new(&options.python);
    command.arg(workspace.root.join("tests/bench/training_step.py"));
    sizes(&mut command, options);
    if compiled {
        command.arg("--compile");
    }
    command
}

fn sizes(command: &mut std::process::Command, options: &Options) {
    command.args(["--device", &options.device]);
    for (name, value) in [
        ("--width", options.width),
        ("--batch", options.batch),
        ("--runs", options.runs.max(1)),
    ] {
        command.arg(name).arg(value.to_string());
    }
}

fn ask(command: &mut std::process::Command) -> Result<Printed> {
    let printed = command::text(command)?;
    let last = printed.lines().last().unwrap_or_default();
    serde_json::from_str(last).with_context(|| format!("a benchmark printed `{last}`"))
}

fn table(options: &Options, contestants: Vec<Contestant>) -> Result<String> {
    let mut rows = Vec::new();
    for contestant in contestants {
        let times = Spread::of(contestant.times).context("a benchmark printed no times")?;
        rows.push((contestant.name, times));
    }
    let ours = rows.first().map_or(1.0, |(_, times)| times.median());
    let mut table = format!(
        "One training step at width {} and batch {}, `cargo xtask bench train`: medians (fastest to slowest) of \
         {} starts of {} steps each, in turns.\n\n| | a step | ours over it |\n|---|---|---|\n",
        options.width,
        options.batch,
        options.rounds.max(1),
        options.runs.max(1)
    );
    for (name, times) in rows {
        let ratio = ours / times.median();
        table.push_str(&format!("| {name} | {} | {ratio:.2} |\n", times.text()));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_compares_medians() {
        let options = Options {
            width: 64,
            batch: 32,
            device: "cpu".into(),
            python: "python3".into(),
            compile: false,
            data: None,
            rounds: 1,
            runs: 3,
        };
        let contestant = |name: &str, times: [f64; 3]| Contestant {
            name: name.into(),
            times: times.to_vec(),
        };
        let both = vec![
            contestant("stylewalk, CPU", [110.0, 100.0, 90.0]),
            contestant("PyTorch", [200.0, 210.0, 190.0]),
        ];
        let table = table(&options, both).unwrap();
        assert!(table.contains("| stylewalk, CPU | 100 ms (90 to 110) | 1.00 |"));
        assert!(table.contains("| PyTorch | 200 ms (190 to 210) | 0.50 |"));
    }
}
