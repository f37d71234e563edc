//! Whole training steps: ours at each width, at the smallest batch too, with other lengths of submissions, and PyTorch's beside
//! them. What is compared steps in turns.

use anyhow::Result;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::Options;
use super::budget::left;
use super::lines::{Line, Steps};
use super::programs::{Programs, on_device, tuned};
use crate::bench::train::Stepper;
use crate::command;
use crate::workspace::Workspace;

/// Most steps of each.
const MOST: usize = 12;
/// How many dispatches CubeCL submits together: its variable, and other numbers than its own.
const TASKS: &str = "CUBECL_WGPU_MAX_TASKS";
const OTHER_TASKS: [usize; 3] = [8, 128, 512];
/// Why something has no steps.
const OVER: &str = "for which there was no time";
/// PyTorch compiles for about as long, and is not begun with if there is less.
const COMPILING: Duration = Duration::from_secs(60);
/// How PyTorch steps: as it comes, and where convolutions would be less exact with whole 32-bit arithmetic; or compiled.
const EAGER: &[&str] = &["", "--no-tf32"];
const COMPILED: &str = "--compile";
/// Prints the device that PyTorch has besides the CPU.
const DEVICE: &str = "import numpy, torch; print('cuda' if torch.cuda.is_available() else 'mps' if \
                      torch.backends.mps.is_available() else '')";

/// Takes them until then; what could not be is named.
pub fn take(
    workspace: &Workspace,
    programs: &Programs,
    options: &Options,
    folder: &Path,
    until: Instant,
) -> Vec<Line> {
    let mut rounds = Vec::new();
    let pytorch = pytorch_device(options);
    for width in &options.widths {
        for batch in options.batches_of_steps() {
            let step = Step {
                width: *width,
                batch,
            };
            let mut contestants = vec![step.ours("stylewalk", programs, options, folder)];
            if let Some(device) = &pytorch {
                let flags = if device == "cuda" { EAGER } else { &EAGER[..1] };
                let eager = flags.iter();
                contestants
                    .extend(eager.map(|flag| step.pytorch(workspace, options, device, flag)));
            }
            if rounds.is_empty() {
                contestants.extend(OTHER_TASKS.map(|tasks| {
                    let name = format!("stylewalk with {TASKS}={tasks}");
                    let mut other = step.ours(&name, programs, options, folder);
                    other.command.env(TASKS, tasks.to_string());
                    other
                }));
            }
            rounds.push((step, contestants));
        }
    }
    // Last, because it takes long before its first step.
    if let Some(device) = pytorch.filter(|device| device == "cuda") {
        for width in &options.widths {
            let step = Step {
                width: *width,
                batch: options.batches[0],
            };
            let compiled = step.pytorch(workspace, options, &device, COMPILED);
            rounds.push((step, vec![compiled]));
        }
    }
    let mut lines = Vec::new();
    let count = rounds.len() as u32;
    for (done, (step, contestants)) in (0..).zip(rounds) {
        let share = left(until) / (count - done);
        lines.extend(step.take(contestants, Instant::now() + share));
    }
    lines
}

/// What PyTorch calls the device, where there is PyTorch and it has one.
fn pytorch_device(options: &Options) -> Option<String> {
    let mut python = command::new(&options.python);
    let printed = command::text(python.args(["-c", DEVICE])).ok()?;
    let device = printed.trim();
    (!device.is_empty()).then(|| device.to_owned())
}

/// A program that takes steps.
struct Contestant {
    name: String,
    command: Command,
    compiled: bool,
}

#[derive(Clone, Copy)]
struct Step {
    width: usize,
    batch: usize,
}

impl Step {
    fn sizes(self, command: &mut Command) {
        for (flag, number) in [("--width", self.width), ("--batch", self.batch)] {
            command.arg(flag).arg(number.to_string());
        }
    }

    fn ours(self, name: &str, programs: &Programs, options: &Options, folder: &Path) -> Contestant {
        let mut command = on_device(&programs.training_step, options);
        command.args(["--device", &options.device]);
        self.sizes(&mut command);
        if tuned(folder).exists() {
            command.arg("--tuned").arg(tuned(folder));
        }
        Contestant {
            name: name.to_owned(),
            command,
            compiled: false,
        }
    }

    /// With a flag of its program, or an empty one.
    fn pytorch(
        self,
        workspace: &Workspace,
        options: &Options,
        device: &str,
        flag: &str,
    ) -> Contestant {
        let mut command = command::new(&options.python);
        command.arg(workspace.root.join("tests/bench/training_step.py"));
        command.args(["--device", device]);
        self.sizes(&mut command);
        command.args(Some(flag).filter(|flag| !flag.is_empty()));
        Contestant {
            name: format!("PyTorch {flag}").trim_end().to_owned(),
            command,
            compiled: flag == COMPILED,
        }
    }

    /// In turns, until then.
    fn take(self, contestants: Vec<Contestant>, until: Instant) -> Vec<Line> {
        let Self { width, batch } = self;
        let mut lines = Vec::new();
        let mut steppers = Vec::new();
        for mut contestant in contestants {
            let needed = if contestant.compiled {
                COMPILING
            } else {
                Duration::ZERO
            };
            let name = contestant.name;
            let started = match left(until) {
                time if time.is_zero() || time < needed => Err(OVER.to_owned()),
                _ => Stepper::start(&mut contestant.command).map_err(|error| format!("{error:#}")),
            };
            match started {
                Ok(stepper) => steppers.push((name, stepper)),
                Err(why) => lines.push(left_out(&name, self, &why)),
            }
        }
        for taken in 0..MOST {
            // What has started takes a step.
            if taken > 0 && left(until).is_zero() {
                break;
            }
            if let Err(error) = round(&mut steppers) {
                let why = format!("{error:#}");
                lines.push(left_out("the rest", self, &why));
                break;
            }
        }
        for (name, stepper) in steppers {
            // PyTorch calls itself so.
            let name = match name.starts_with("PyTorch") {
                true => stepper.name.clone(),
                false => format!("{name}, {}", stepper.name),
            };
            lines.push(match stepper.times.is_empty() {
                true => left_out(&name, self, OVER),
                false => Line::Steps(Steps {
                    name,
                    width,
                    batch,
                    milliseconds: stepper.times.clone(),
                }),
            });
        }
        lines
    }
}

fn round(steppers: &mut [(String, Stepper)]) -> Result<()> {
    steppers
        .iter_mut()
        .try_for_each(|(_, stepper)| stepper.step())
}

fn left_out(name: &str, Step { width, batch }: Step, why: &str) -> Line {
    Line::LeftOut {
        part: "whole steps".to_owned(),
        what: format!("{name} at width {width} and batch {batch}, {why}"),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn contestant(name: &str, script: &str) -> Contestant {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Contestant {
            name: name.to_owned(),
            command,
            compiled: false,
        }
    }

    const STEPS: &str = r#"echo '{"device":"CPU"}'; while read order; do echo 2.5; done"#;

    #[test]
    fn they_step_in_turns_and_what_fails_is_named() {
        let step = Step { width: 4, batch: 2 };
        let both = vec![contestant("a", STEPS), contestant("b", "exit 3")];
        let lines = step.take(both, Instant::now() + Duration::from_secs(600));
        let [Line::LeftOut { what, .. }, Line::Steps(steps)] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(
            what.starts_with("b at width 4 and batch 2, a benchmark ended early"),
            "{what}"
        );
        assert_eq!(steps.name, "a, CPU");
        assert_eq!(steps.milliseconds, [2.5; MOST]);
    }

    #[test]
    fn without_time_there_are_no_steps() {
        let step = Step { width: 4, batch: 2 };
        let lines = step.take(vec![contestant("a", STEPS)], Instant::now());
        let [Line::LeftOut { what, .. }] = &lines[..] else {
            panic!("{lines:?}");
        };
        assert!(what.ends_with(OVER), "{what}");
    }
}
