//! Trainings that are at work while a test looks at them.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use crate::folders::wait_until;
use crate::outfits;
use crate::program::command;

/// How long a line may be waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// A training of tiny networks on drawn outfits in `FOLDER/data`, as [`outfits::train`] does it with the flags `more`, not
/// yet started.
pub fn training(folder: &Path, more: &str) -> Command {
    training_of("--batch 4 --width 2 --latent 6", folder, more)
}

/// The same of networks of another size.
pub fn training_of(size: &str, folder: &Path, more: &str) -> Command {
    let [data, runs] = ["data", "runs"].map(|name| folder.join(name));
    if !data.exists() {
        outfits::draw_splits(&data);
    }
    let flags = format!("--device cpu {size} {more}");
    let mut all = vec!["train", data.to_str().unwrap()];
    all.extend(["--runs", runs.to_str().unwrap()]);
    all.extend(flags.split(' '));
    command(all)
}

/// A program at work, whose lines on standard error are read as they come.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
}

impl Running {
    /// Starts `command`.
    pub fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = read(child.stderr.take().unwrap());
        Self {
            child,
            lines,
            said: String::new(),
        }
    }

    /// Waits for a line that holds `part`, and returns it.
    pub fn wait_for(&mut self, part: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no `{part}` in\n{}", self.said));
            self.said += &line;
            self.said.push('\n');
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Its number.
    pub fn id(&self) -> String {
        self.child.id().to_string()
    }

    /// Sends it a signal, `TERM` for example.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.id()])
            .status();
        assert!(status.unwrap().success(), "kill -{name}");
    }

    /// Ends it without warning.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// Waits until it ends, and returns how and all that it said.
    pub fn end(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        for line in self.lines {
            self.said += &line;
            self.said.push('\n');
        }
        (status, self.said)
    }
}

fn read(stderr: ChildStderr) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                break;
            }
        }
    });
    lines
}

/// Waits until the run has written down a step.
pub fn wait_for_a_step(run: &Path) {
    let stats = run.join("stats.jsonl");
    let written = || std::fs::metadata(&stats).is_ok_and(|stats| stats.len() > 0);
    wait_until(written, "no step was taken");
}

/// The checkpoints of a run: what their folders are called, sorted.
pub fn checkpoints(run: &Path) -> Vec<String> {
    let mut found: Vec<String> = std::fs::read_dir(run.join("checkpoints"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    found
}

/// The folder of a run's checkpoint.
pub fn checkpoint(run: &Path, step: u64) -> PathBuf {
    run.join(format!("checkpoints/step-{step:07}"))
}
