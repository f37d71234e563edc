//! The programs that measure, and their parts.

use anyhow::{Context, Result};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Options;
use super::budget::left;
use super::lines::Line;
use crate::command;
use crate::setup;
use crate::workspace::Workspace;

/// How much longer than its time a part may take before it is ended: what it is at when time is over, it ends.
const GRACE: Duration = Duration::from_secs(60);

/// Where they are.
pub struct Programs {
    /// What looks at a device from inside.
    pub gpu: PathBuf,
    /// What takes whole training steps.
    pub training_step: PathBuf,
    /// `stylewalk`.
    pub stylewalk: PathBuf,
}

impl Programs {
    /// Builds them.
    pub fn build(workspace: &Workspace, options: &Options) -> Result<Self> {
        let profile = if options.quick { "quick" } else { "release" };
        let mut build = command::new("cargo");
        build.current_dir(&workspace.root).args([
            "build",
            "--package=bigan",
            "--package=stylewalk",
            "--example=gpu",
            "--example=training_step",
            "--bin=stylewalk",
            "--profile",
            profile,
        ]);
        if options.device.starts_with("cuda") {
            build.arg("--features=stylewalk/cuda");
        }
        command::run(&mut build)?;
        Ok(Self::built(workspace, profile))
    }

    /// Where they are when they have been built.
    pub fn built(workspace: &Workspace, profile: &str) -> Self {
        let folder = workspace.target.join(profile);
        let program = |name: &str| folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        Self {
            gpu: program("examples/gpu"),
            training_step: program("examples/training_step"),
            stylewalk: program("stylewalk"),
        }
    }
}

/// `program`, to be run on the device that was asked for.
pub fn on_device(program: &Path, options: &Options) -> Command {
    let mut command = command::new(program);
    if options.emulated {
        command.envs(setup::emulated_vulkan());
    }
    command
}

/// Where the choice between variants is kept.
pub fn tuned(folder: &Path) -> PathBuf {
    folder.join("tuned.txt")
}

/// Runs the parts that look at the device from inside, and keeps all lines.
pub struct Part<'a> {
    programs: &'a Programs,
    options: &'a Options,
    folder: &'a Path,
    /// Of all parts so far.
    pub lines: Vec<Line>,
}

impl<'a> Part<'a> {
    /// Before the first.
    pub fn new(programs: &'a Programs, options: &'a Options, folder: &'a Path) -> Self {
        Self {
            programs,
            options,
            folder,
            lines: Vec::new(),
        }
    }

    /// Runs one until then, and returns its lines.
    pub fn run(&mut self, name: &str, until: Instant) -> Result<Vec<Line>> {
        let file = self.folder.join(format!("{name}.jsonl"));
        let ended = self.start(name, &file, left(until));
        let printed = std::fs::read_to_string(&file)?;
        let lines: Vec<Line> = read(&printed)?;
        // Once is enough.
        let is_new = |line: &&Line| name == "adapter" || !matches!(line, Line::Adapter(_));
        self.lines.extend(lines.iter().filter(is_new).cloned());
        ended.map(|()| lines)
    }

    fn start(&self, name: &str, file: &Path, time: Duration) -> Result<()> {
        let options = self.options;
        let mut part = on_device(&self.programs.gpu, options);
        part.arg(name).args(["--device", &options.device]);
        part.args(["--widths", &list(&options.widths)]);
        part.args(["--batches", &list(&self.batches(name))]);
        part.args(["--seconds", &time.as_secs_f64().to_string()]);
        let tuned = tuned(self.folder);
        if name == "variants" || tuned.exists() {
            part.arg("--tuned").arg(tuned);
        }
        part.stdout(Stdio::from(File::create(file)?));
        command::run_within(&mut part, time + GRACE)
    }

    /// Steps are taken with the first of the batches, and with the smallest.
    fn batches(&self, name: &str) -> Vec<usize> {
        match name {
            "step" => self.options.batches_of_steps(),
            _ => self.options.batches.clone(),
        }
    }

    /// The same; what goes wrong is named as left out, for the others to go on.
    pub fn run_or_leave_out(&mut self, name: &str, until: Instant) {
        if let Err(error) = self.run(name, until) {
            let (part, what) = (format!("the rest of `{name}`"), format!("{error:#}"));
            self.lines.push(Line::LeftOut { part, what });
        }
    }

    /// Writes all lines into one file, and says which.
    pub fn keep(&self) -> Result<PathBuf> {
        let path = self.folder.join("figures.jsonl");
        let mut text = String::new();
        for line in &self.lines {
            text.push_str(&serde_json::to_string(line)?);
            text.push('\n');
        }
        std::fs::write(&path, text)
            .with_context(|| format!("could not write {}", path.display()))?;
        Ok(path)
    }
}

fn list(numbers: &[usize]) -> String {
    let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    numbers.join(",")
}

/// The lines that a program printed. One that was ended may have begun another.
fn read(printed: &str) -> Result<Vec<Line>> {
    let whole = printed.rfind('\n').map_or("", |end| &printed[..end]);
    let line = |line: &str| {
        serde_json::from_str(line).with_context(|| format!("the benchmark printed `{line}`"))
    };
    whole.lines().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_was_cut_short_is_left_out() {
        let whole = r#"{"line":"left_out","part":"a","what":"b"}"#;
        let found = read(&format!("{whole}\n{}", &whole[..9])).unwrap();
        assert_eq!(
            found,
            [Line::LeftOut {
                part: "a".into(),
                what: "b".into()
            }]
        );
        assert!(read("").unwrap().is_empty());
        assert!(read("what\n").is_err());
    }
}
