//! `cargo xtask bench gpu`: a quarter of an hour on a real graphics card, in one go. What it is; whether it computes what it
//! should; what every variant of every shader takes; what a training step consists of; PyTorch beside it; and a training.
//!
//! Parts run one after the other, each until its share of the time is over, what matters most first; those that look at the
//! device from inside measure one thing at least. What was left out is named in the table. All figures are kept as JSON lines beside the build.

mod budget;
mod lines;
mod programs;
mod steps;
mod table;
mod training;

use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use std::path::PathBuf;

use self::budget::Budget;
use self::lines::{Adapter, Compared, Line, Losses};
use self::programs::Programs;
use crate::workspace::Workspace;

/// Where the table of a real card goes.
const TABLE: &str = "docs/bench-gpu.md";

/// `cargo xtask bench gpu`
#[derive(Args, Clone)]
pub struct Options {
    /// wgpu (the best GPU), vulkan, cuda or cuda:N
    #[arg(long, default_value = "wgpu")]
    device: String,
    /// Most minutes that measuring takes, after what is to be measured was built
    #[arg(long, default_value_t = 15.0)]
    minutes: f64,
    /// Channels of the first convolution
    #[arg(long, value_delimiter = ',', default_value = "64,32")]
    widths: Vec<usize>,
    /// Samples, the batch of training steps first
    #[arg(long, value_delimiter = ',', default_value = "32,1")]
    batches: Vec<usize>,
    /// Pictures of the step that shows what dispatches cost, 2 or more
    #[arg(long, default_value_t = 2)]
    smallest: usize,
    /// Steps of `stylewalk train`; 0: no training
    #[arg(long, default_value_t = 200)]
    steps: usize,
    /// A Python that has PyTorch
    #[arg(long, default_value = "python3")]
    python: PathBuf,
    /// Go on with an emulated adapter, whose figures say nothing about graphics cards
    #[arg(long, requires = "out")]
    emulated: bool,
    /// Where the table is written [default: docs/bench-gpu.md]
    #[arg(long)]
    out: Option<PathBuf>,
    /// Build as tests are built, where everything but arithmetic is slow
    #[arg(long)]
    quick: bool,
}

impl Options {
    /// Pictures of the steps that are timed: as people train, and where dispatches are all that counts.
    fn batches_of_steps(&self) -> Vec<usize> {
        let mut batches = vec![self.batches[0], self.smallest];
        batches.dedup();
        batches
    }
}

/// Builds, measures, prints the table and writes it.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    ensure!(
        options.device != "cpu",
        "--device is `cpu`, which is no graphics card: choose wgpu, vulkan, cuda or cuda:N"
    );
    ensure!(
        !options.widths.is_empty() && !options.batches.is_empty(),
        "--widths and --batches must name at least one number each"
    );
    let programs = Programs::build(workspace, options)?;
    measure(workspace, &programs, options)
}

/// Everything very small and short, on an emulated adapter, by the programs that the tests have built.
pub fn try_out(workspace: &Workspace, profile: &str) -> Result<()> {
    let out = workspace.target.join("bench-gpu.md");
    let options = Options {
        device: "vulkan".to_owned(),
        minutes: 1.1,
        widths: vec![2],
        batches: vec![2],
        smallest: 2,
        // Before it trains it tunes, for longer than a minute.
        steps: 0,
        python: PathBuf::from("python3"),
        emulated: true,
        out: Some(out.clone()),
        quick: true,
    };
    measure(workspace, &Programs::built(workspace, profile), &options)?;
    let text = std::fs::read_to_string(&out)?;
    for title in table::TITLES {
        ensure!(text.contains(title), "the table has no part `{title}`");
    }
    let failed = text.lines().find(|line| line.starts_with("- the rest of"));
    if let Some(line) = failed {
        bail!("a part of `cargo xtask bench gpu` failed, {line}");
    }
    Ok(())
}

/// Whole parts, by how much of the time is over when each of them ends.
const UNTIL: [f64; 5] = [0.2, 0.5, 0.58, 0.85, 1.0];

fn measure(workspace: &Workspace, programs: &Programs, options: &Options) -> Result<()> {
    let folder = workspace.target.join("bench-gpu");
    if folder.exists() {
        // Of a benchmark before.
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let budget = Budget::start(options.minutes);
    let [checked, varied, parted, stepped, trained] = UNTIL.map(|share| budget.until(share));
    let mut part = programs::Part::new(programs, options, &folder);

    let found = part.run("adapter", budget.until(0.1))?;
    let adapter = adapter(&found)?;
    refuse(adapter, options)?;
    println!("{}: correctness first", adapter.name);
    part.run("check", checked)?;
    if let Some(wrong) = wrong(&part.lines) {
        bail!("{wrong}; all figures are in {}", part.keep()?.display());
    }
    println!("the time of every variant");
    part.run_or_leave_out("variants", varied);
    println!("a training step, taken apart");
    part.run_or_leave_out("step", parted);
    println!("whole training steps");
    part.lines
        .extend(steps::take(workspace, programs, options, &folder, stepped));
    if options.steps > 0 {
        println!("a training");
        part.lines
            .extend(training::run(programs, options, &folder, trained));
    }
    let figures = part.keep()?;
    let text = table::table(options, &part.lines)?;
    println!("\n{text}");
    let out = options.out.clone();
    let out = out.unwrap_or_else(|| workspace.root.join(TABLE));
    std::fs::write(&out, text).with_context(|| format!("could not write {}", out.display()))?;
    println!(
        "the table is {}, all figures are in {}",
        out.display(),
        figures.display()
    );
    match broken(&part.lines) {
        Some(sentence) => bail!("`stylewalk train` failed on this device: {sentence}"),
        None => Ok(()),
    }
}

/// The device that the lines are of.
fn adapter(lines: &[Line]) -> Result<&Adapter> {
    let adapter = lines.iter().find_map(|line| match line {
        Line::Adapter(adapter) => Some(adapter),
        _ => None,
    });
    adapter.context("the benchmark named no device")
}

fn refuse(adapter: &Adapter, options: &Options) -> Result<()> {
    if adapter.emulated && !options.emulated {
        bail!(
            "{} is no graphics card: its figures would say nothing of one; `--emulated --out FILE` tries the benchmark on it",
            adapter.name
        );
    }
    Ok(())
}

/// A sentence that names what the device computes wrongly.
fn wrong(lines: &[Line]) -> Option<String> {
    lines.iter().find_map(|line| match line {
        Line::Compared(compared) => wrong_result(compared),
        Line::Losses(losses) => wrong_losses(losses),
        _ => None,
    })
}

fn wrong_result(compared: &Compared) -> Option<String> {
    let Compared {
        what,
        variant,
        allowed,
        ..
    } = compared;
    match compared.apart {
        _ if compared.refused => None,
        Some(apart) if apart <= *allowed => None,
        Some(apart) => Some(format!(
            "{what} with {variant} is wrong on this device: it differs from the CPU's result by {apart:.1e} of the largest \
             value, where rounding makes {allowed:.0e}"
        )),
        None => Some(format!(
            "{what} with {variant} is wrong on this device: it makes what is no number"
        )),
    }
}

fn wrong_losses(losses: &Losses) -> Option<String> {
    let close = |(ours, burns): (&Option<f32>, &Option<f32>)| {
        let apart = ours.zip(*burns).map(|(ours, burns)| (ours - burns).abs());
        apart.is_some_and(|apart| apart < losses.allowed)
    };
    let all = losses.ours.iter().zip(&losses.burns).all(close);
    (!all).then(|| {
        format!(
            "training is wrong on this device: after {} steps the losses are {:?}, and by Burn's own operations {:?}",
            losses.step, losses.ours, losses.burns
        )
    })
}

/// Why the training ended early.
fn broken(lines: &[Line]) -> Option<&str> {
    lines.iter().find_map(|line| match line {
        Line::Trained(trained) => trained.failed.as_deref(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(apart: Option<f64>, refused: bool) -> Line {
        Line::Compared(Compared {
            what: "training's conv2d 3 -> 64".to_owned(),
            variant: "8 channels".to_owned(),
            refused,
            apart,
            allowed: 1e-4,
        })
    }

    #[test]
    fn a_wrong_result_names_its_operation() {
        assert_eq!(
            wrong(&[compared(Some(1e-5), false), compared(None, true)]),
            None
        );
        let sentence = wrong(&[compared(Some(2e-4), false)]).unwrap();
        assert!(sentence.starts_with("training's conv2d 3 -> 64 with 8 channels is wrong"));
        assert!(
            sentence.contains("by 2.0e-4 of the largest value"),
            "{sentence}"
        );
        let sentence = wrong(&[compared(None, false)]).unwrap();
        assert!(sentence.ends_with("no number"), "{sentence}");
    }

    #[test]
    fn losses_that_differ_are_wrong() {
        let losses = |ours: Option<f32>| {
            Line::Losses(Losses {
                step: 2,
                ours: [Some(1.386), ours],
                burns: [Some(1.386), Some(3.4)],
                allowed: 1e-3,
            })
        };
        assert_eq!(wrong(&[losses(Some(3.4002))]), None);
        assert!(
            wrong(&[losses(Some(3.41))])
                .unwrap()
                .contains("after 2 steps")
        );
        assert!(wrong(&[losses(None)]).is_some());
    }

    #[test]
    fn an_emulated_adapter_is_refused_unless_it_is_asked_for() {
        let adapter = Adapter {
            name: "SwiftShader".to_owned(),
            emulated: true,
            facts: Vec::new(),
        };
        let mut options = table::tests::options();
        options.emulated = false;
        let error = refuse(&adapter, &options).unwrap_err().to_string();
        assert!(
            error.starts_with("SwiftShader is no graphics card"),
            "{error}"
        );
        options.emulated = true;
        refuse(&adapter, &options).unwrap();
        options.emulated = false;
        let real = Adapter {
            emulated: false,
            ..adapter
        };
        refuse(&real, &options).unwrap();
    }
}
