//! The program as people use it: a training on drawn outfits, and what its model makes of pictures, on the device and on the CPU.

use anyhow::{Result, anyhow};
use serde::Deserialize;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::Options;
use super::budget::left;
use super::lines::{Line, Trained};
use super::programs::{Programs, on_device};
use crate::command;

/// Pictures that are drawn, and the part of them that nobody trains on.
const DRAWN: &str = "144";
const TEST_SHARE: &str = "0.12";
/// Pictures that are rebuilt.
const REBUILT: usize = 16;
/// What the program said last.
const LOG: &str = "stylewalk.log";
const NEVER: &str = "1000000";

/// Trains and rebuilds until then; what could not be done is named.
pub fn run(programs: &Programs, options: &Options, folder: &Path, until: Instant) -> Vec<Line> {
    let this = Training {
        programs,
        options,
        folder,
        until,
    };
    let mut lines = Vec::new();
    if let Err(error) = this
        .train(&mut lines)
        .and_then(|()| this.rebuild(&mut lines))
    {
        let (part, what) = ("the rest of the training".to_owned(), format!("{error:#}"));
        lines.push(Line::LeftOut { part, what });
    }
    lines
}

struct Training<'a> {
    programs: &'a Programs,
    options: &'a Options,
    folder: &'a Path,
    until: Instant,
}

impl Training<'_> {
    /// `stylewalk` with what it prints in a file, ended when time is over.
    fn stylewalk(&self, arguments: &[&str], flags: impl FnOnce(&mut Command)) -> Result<()> {
        let mut stylewalk = on_device(&self.programs.stylewalk, self.options);
        stylewalk.args(arguments).current_dir(self.folder);
        // A choice between variants of its own.
        stylewalk.env("STYLEWALK_CACHE", self.folder.join("cache"));
        flags(&mut stylewalk);
        let log = File::create(self.folder.join(LOG))?;
        stylewalk.stderr(Stdio::from(log.try_clone()?));
        stylewalk.stdout(Stdio::from(log));
        let ended = command::run_within(&mut stylewalk, left(self.until));
        ended.map_err(|error| self.said().map_or(error, |said| anyhow!(said)))
    }

    /// The sentence with which `stylewalk` ended, where it failed.
    fn said(&self) -> Option<String> {
        let text = fs::read_to_string(self.folder.join(LOG)).ok()?;
        let sentence = text
            .lines()
            .rev()
            .find_map(|line| line.strip_prefix("error: "));
        sentence.map(str::to_owned)
    }

    fn train(&self, lines: &mut Vec<Line>) -> Result<()> {
        let draw = ["data", "draw", "pictures", "--count", DRAWN];
        self.stylewalk(&draw, |flags| {
            flags.args(["--test-share", TEST_SHARE]);
        })?;
        let Options {
            widths, batches, ..
        } = self.options;
        let train = ["train", "pictures/train", "--runs", "runs", "--name", "gpu"];
        let ended = self.stylewalk(&train, |flags| {
            flags.args(["--device", &self.options.device]);
            flags.args(["--log-every", "1", "--watch-every", NEVER]);
            for (flag, number) in [
                ("--width", widths[0]),
                ("--batch", batches[0]),
                ("--steps", self.options.steps),
            ] {
                flags.arg(flag).arg(number.to_string());
            }
        });
        // What was done before time was over counts.
        if let Ok(text) = fs::read_to_string(self.folder.join("runs/00000-gpu/stats.jsonl")) {
            lines.push(Line::Trained(Trained {
                images_per_second: speeds(&text),
                failed: self.said(),
            }));
        }
        ended
    }

    /// On the device and on the CPU.
    fn rebuild(&self, lines: &mut Vec<Line>) -> Result<()> {
        let export = [
            "export",
            "runs/00000-gpu",
            "--out",
            "model",
            "--dtype",
            "f32",
        ];
        self.stylewalk(&export, |flags| {
            flags.args(["--device", "cpu"]);
        })?;
        let pictures = pictures(&self.folder.join("pictures/test"))?;
        for (device, tiles) in [(&self.options.device[..], "device"), ("cpu", "cpu")] {
            self.stylewalk(
                &["reconstruct", "--model", "model", "--tiles", tiles],
                |flags| {
                    flags.args(&pictures).args(["--device", device]);
                },
            )?;
        }
        let mut pixels = command::new(&self.programs.gpu);
        pixels.arg("pixels").args(["device", "cpu"]);
        let printed = command::text(pixels.current_dir(self.folder))?;
        lines.push(serde_json::from_str(printed.trim())?);
        Ok(())
    }
}

/// The first pictures of a folder of folders.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for label in fs::read_dir(folder)? {
        for picture in fs::read_dir(label?.path())? {
            found.push(picture?.path());
        }
    }
    found.sort();
    found.truncate(REBUILT);
    Ok(found)
}

/// A line of a run's stats.jsonl, as far as it is needed.
#[derive(Deserialize)]
struct Stats {
    images_per_second: f64,
}

/// Pictures a second, of each step. The last line may be cut short.
fn speeds(stats: &str) -> Vec<f64> {
    let steps = stats
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok());
    steps.map(|step: Stats| step.images_per_second).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_was_cut_short_is_left_out() {
        let line = "{\"step\":1,\"total\":3.5,\"images_per_second\":20.5}\n";
        assert_eq!(speeds(&format!("{line}{line}{{\"step")), [20.5, 20.5]);
        assert!(speeds("").is_empty());
    }
}
