//! What the driver measured, as it prints it.

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::Path;

use super::first::First;
use super::live::Live;
use crate::bench::spread::Spread;

/// All that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Results {
    /// The browser's name and version.
    pub browser: String,
    /// The graphics adapter, as the browser names it.
    pub adapter: String,
    /// One for each contestant and workload.
    pub measurements: Vec<Measurement>,
    /// One for each contestant, where that was asked for.
    pub downloads: Vec<Download>,
    /// One for each page and speed, where that was asked for.
    #[serde(default)]
    pub openings: Vec<First>,
    /// One for each thing that a hand does, where that was asked for.
    #[serde(default)]
    pub live: Vec<Live>,
}

/// A contestant's runs of one workload.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Measurement {
    /// `cold`, `reconstruct 1`, ..., `step`.
    pub workload: String,
    /// Its key.
    pub contestant: String,
    /// One for each run.
    pub milliseconds: Vec<f64>,
    /// The farthest that its results are from the reference's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<f64>,
    /// Of a training: the first two steps' losses, D's and then that of G and E.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub losses: Option<Vec<f64>>,
    /// Why it could not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What a contestant's program takes to download, without weights.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Download {
    /// Its key.
    pub contestant: String,
    /// How many files.
    pub files: usize,
    /// Their size.
    pub bytes: u64,
    /// Their size by Brotli at its best.
    pub brotli: u64,
}

impl Results {
    /// One contestant's runs of one workload.
    pub fn find(&self, workload: &str, contestant: &str) -> Option<&Measurement> {
        self.measurements
            .iter()
            .find(|one| one.workload == workload && one.contestant == contestant)
    }

    /// Their times, where it ended well.
    pub fn times(&self, workload: &str, contestant: &str) -> Option<Spread> {
        let found = self.find(workload, contestant)?;
        let times = found.milliseconds.clone();
        Spread::of(times).filter(|_| found.error.is_none())
    }

    /// Takes from an earlier run's file what was not measured now.
    pub fn keep_earlier(&mut self, file: &Path) -> Result<()> {
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                return Err(error).with_context(|| format!("could not read {}", file.display()));
            }
        };
        let earlier: Self = serde_json::from_str(&text)
            .with_context(|| format!("{} holds no results of this benchmark", file.display()))?;
        for one in earlier.measurements {
            if self.find(&one.workload, &one.contestant).is_none() {
                self.measurements.push(one);
            }
        }
        for one in earlier.downloads {
            let mut known = self.downloads.iter();
            if !known.any(|now| now.contestant == one.contestant) {
                self.downloads.push(one);
            }
        }
        for one in earlier.openings {
            let mut known = self.openings.iter();
            if !known.any(|now| (&now.contestant, &now.speed) == (&one.contestant, &one.speed)) {
                self.openings.push(one);
            }
        }
        if self.live.is_empty() {
            self.live = earlier.live;
        }
        Ok(())
    }

    /// Writes them for others to read, and for [`Results::keep_earlier`].
    pub fn write(&self, file: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)? + "\n";
        std::fs::write(file, text).with_context(|| format!("could not write {}", file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(workload: &str, contestant: &str, milliseconds: &[f64]) -> Measurement {
        Measurement {
            workload: workload.into(),
            contestant: contestant.into(),
            milliseconds: milliseconds.to_vec(),
            difference: None,
            losses: None,
            error: None,
        }
    }

    fn results(measurements: Vec<Measurement>) -> Results {
        Results {
            browser: "Chromium 1".into(),
            adapter: "one".into(),
            measurements,
            downloads: vec![],
            openings: vec![],
            live: vec![],
        }
    }

    #[test]
    fn what_was_measured_again_replaces_what_was_before() {
        let file = std::env::temp_dir().join(format!("stylewalk-bench-{}", std::process::id()));
        let mut first = results(vec![of("cold", "ours", &[9.0]), of("step", "ours", &[5.0])]);
        first.keep_earlier(&file).unwrap();
        first.write(&file).unwrap();
        let mut second = results(vec![of("cold", "ours", &[3.0])]);
        second.keep_earlier(&file).unwrap();
        assert_eq!(second.times("cold", "ours").unwrap().median(), 3.0);
        assert_eq!(second.times("step", "ours").unwrap().median(), 5.0);
        std::fs::write(&file, "{}").unwrap();
        let error = second.keep_earlier(&file).unwrap_err().to_string();
        assert!(error.contains("holds no results"), "{error}");
        std::fs::remove_file(&file).unwrap();
    }

    #[test]
    fn times_of_a_failure_do_not_count() {
        let failed = Measurement {
            error: Some("lost".into()),
            ..of("cold", "onnx", &[1.0])
        };
        assert!(results(vec![failed]).times("cold", "onnx").is_none());
    }
}
