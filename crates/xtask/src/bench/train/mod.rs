//! One training step, ours and PyTorch's: the same networks, losses, optimizer and sizes, on the same device. Both programs
//! wait side by side and step in turns, so that a machine that is slow for a while is slow for both.

mod stepper;

use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use std::path::{Path, PathBuf};

pub(super) use self::stepper::Stepper;
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
    /// How often everything is timed, in turns
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Steps of each program in a round, these in turns as well
    #[arg(long, default_value_t = 4)]
    runs: usize,
}

/// Runs the comparison.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    check_python(&options.python)?;
    let ours = build(workspace, &options.device)?;
    let mut steppers = vec![Stepper::start(&mut step(&ours, options))?];
    steppers[0].name = format!("stylewalk, {}", steppers[0].name);
    for compiled in [false, true] {
        if !compiled || options.compile {
            steppers.push(Stepper::start(&mut pytorch(workspace, options, compiled))?);
        }
    }
    let mut loaded = Vec::new();
    for round in 1..=options.rounds.max(1) {
        println!("round {round} of {}", options.rounds.max(1));
        for _ in 0..options.runs.max(1) {
            for stepper in &mut steppers {
                stepper.step()?;
            }
        }
        if let Some(data) = &options.data {
            loaded.extend(loading(workspace, options, data)?);
        }
    }
    let contestants: Vec<_> = steppers
        .iter()
        .map(|stepper| (stepper.name.as_str(), &stepper.times[..]))
        .collect();
    let table = table(options, &contestants, loaded)?;
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
    workspace.target.join("release").join(name)
}

/// A line of a run's stats.jsonl, as far as it is needed.
#[derive(Deserialize)]
struct Line {
    images_per_second: f64,
}

/// Milliseconds of steps of `stylewalk train` itself: the same work, on photographs that it loads.
fn loading(workspace: &Workspace, options: &Options, data: &Path) -> Result<Vec<f64>> {
    let runs = workspace.target.join("bench-train");
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
    Ok(milliseconds)
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
    for (name, value) in [("--width", options.width), ("--batch", options.batch)] {
        command.arg(name).arg(value.to_string());
    }
}

/// The ratios are of steps that were taken one after the other; with photographs, of the medians.
fn table(options: &Options, contestants: &[(&str, &[f64])], loaded: Vec<f64>) -> Result<String> {
    let missing = "a benchmark printed no times";
    let (_, ours) = contestants.first().context(missing)?;
    let mut rows = Vec::new();
    for (name, times) in contestants {
        let pairs = ours.iter().zip(*times);
        let ratio = Spread::of(pairs.map(|(ours, other)| ours / other).collect());
        let times = Spread::of(times.to_vec()).context(missing)?;
        rows.push((*name, times, ratio.context(missing)?.digits(2)));
    }
    rows[0].2 = "1".to_owned();
    if let Some(times) = Spread::of(loaded) {
        let name = "the same, in `stylewalk train` with its photographs loaded as it goes";
        let ratio = format!("{:.2}", rows[0].1.median() / times.median());
        rows.insert(1, (name, times, ratio));
    }
    let mut table = format!(
        "One training step at width {} and batch {}, `cargo xtask bench train`: medians (lowest to highest) of {} steps, \
         taken in turns; ratios to PyTorch are of neighbouring steps.\n\n| | a step | ours over it |\n|---|---|---|\n",
        options.width,
        options.batch,
        ours.len(),
    );
    for (name, times, ratio) in rows {
        table.push_str(&format!("| {name} | {} | {ratio} |\n", times.text()));
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_compares_neighbouring_steps() {
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
        let both = [
            ("stylewalk, CPU", &[110.0, 100.0, 90.0][..]),
            ("PyTorch", &[220.0, 400.0, 60.0][..]),
        ];
        let table = table(&options, &both, vec![125.0]).unwrap();
        assert!(
            table.contains("| stylewalk, CPU | 100 ms (90 to 110) | 1 |"),
            "{table}"
        );
        assert!(table.contains("as it goes | 125 ms (125 to 125) | 0.80 |"));
        assert!(table.contains("| PyTorch | 220 ms (60 to 400) | 0.50 (0.25 to 1.50) |"));
    }
}
