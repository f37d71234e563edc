//! A program that waits beside the others, and takes one training step whenever it is asked for one.

use anyhow::{Context, Result, anyhow};
use serde::Deserialize;
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// One side of the comparison and its times.
pub struct Stepper {
    /// What the program calls itself and its device.
    pub name: String,
    /// Milliseconds of its steps, in the order in which they were taken.
    pub times: Vec<f64>,
    program: Child,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

/// The first line that such a program prints.
#[derive(Deserialize)]
struct Ready {
    device: String,
}

impl Stepper {
    /// Starts the program, and returns when it has taken the step that also allocates.
    ///
    /// # Errors
    /// When it cannot be started, or ends before it is ready; what it wrote on standard error is shown.
    pub fn start(command: &mut Command) -> Result<Self> {
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut program = piped
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        let missing = || anyhow!("a benchmark has no standard input or output");
        let mut stepper = Self {
            name: String::new(),
            times: Vec::new(),
            orders: program.stdin.take().ok_or_else(missing)?,
            answers: BufReader::new(program.stdout.take().ok_or_else(missing)?).lines(),
            program,
        };
        let Ready { device } = serde_json::from_str(&stepper.answer()?)
            .context("a benchmark did not begin with its device")?;
        stepper.name = device;
        Ok(stepper)
    }

    /// Has it take one step.
    pub fn step(&mut self) -> Result<()> {
        self.orders.write_all(b"step\n")?;
        self.orders.flush()?;
        let line = self.answer()?;
        let taken = line
            .parse()
            .with_context(|| format!("a benchmark printed `{line}`"))?;
        self.times.push(taken);
        Ok(())
    }

    fn answer(&mut self) -> Result<String> {
        let line = self.answers.next();
        line.context("a benchmark ended early; what went wrong is above")?
            .context("reading what a benchmark prints")
    }
}

impl Drop for Stepper {
    /// Nothing is lost with it: it has no state that outlives the benchmark.
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn it_steps_when_it_is_asked_to() {
        let script =
            r#"echo '{"device":"CPU"}'; n=0; while read order; do n=$((n + 1)); echo $n.5; done"#;
        let mut stepper = Stepper::start(&mut shell(script)).unwrap();
        stepper.step().unwrap();
        stepper.step().unwrap();
        assert_eq!(
            (stepper.name.as_str(), &stepper.times[..]),
            ("CPU", &[1.5, 2.5][..])
        );
    }

    #[test]
    fn a_program_that_ends_is_told() {
        let error = Stepper::start(&mut shell("exit 3")).err().unwrap();
        assert!(error.to_string().contains("ended early"), "{error}");
    }
}
