//! `config.json` of a run directory: what a training was started with.

use std::path::{Path, PathBuf};

use images::Fit;
use serde::{Deserialize, Serialize};

use crate::trainer::TrainerConfig;

/// What `config.json` in a run directory says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Folder of photographs; a relative one is in the run directory.
    #[cfg_attr(feature = "clap", arg(skip))]
    pub data: PathBuf,
    /// Networks, objective and optimizer.
    #[cfg_attr(feature = "clap", command(flatten))]
    pub trainer: TrainerConfig,
    /// Steps to train for; the paper takes about 200,000.
    #[cfg_attr(feature = "clap", arg(long))]
    pub steps: u64,
    /// Pictures a step.
    #[cfg_attr(feature = "clap", arg(long))]
    pub batch: usize,
    /// Mirror pictures at random: twice the data for garments seen from the front.
    #[cfg_attr(feature = "clap", arg(long, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true, default_missing_value = "true"))]
    pub flips: bool,
    /// How photographs become square: pad (with the border's colour) or crop.
    #[cfg_attr(feature = "clap", arg(long))]
    pub fit: Fit,
    /// Where first weights, order, mirroring and all other chance come from.
    #[cfg_attr(feature = "clap", arg(long))]
    pub seed: u64,
    /// Steps between checkpoints and grids.
    #[cfg_attr(feature = "clap", arg(long, value_name = "STEPS"))]
    pub snapshot_every: u64,
    /// Minutes between checkpoints, beside those every --snapshot-every steps; 0: none.
    #[cfg_attr(feature = "clap", arg(long, value_name = "MINUTES"))]
    #[serde(default = "snapshot_minutes")]
    pub snapshot_minutes: f64,
    /// How many checkpoints are kept, the last ones; older ones are removed. A copy under another name stays.
    #[cfg_attr(feature = "clap", arg(long, value_name = "COUNT"))]
    #[serde(default = "keep")]
    pub keep: usize,
    /// Steps between lines of stats.jsonl.
    #[cfg_attr(feature = "clap", arg(long, value_name = "STEPS"))]
    pub log_every: u64,
    /// H, where the objective has L_H.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(default)]
    pub features: Option<FeaturesSource>,
    /// The networks that the run started from, where it did not draw its first weights.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<WeightsSource>,
    /// Steps between checks that samples still differ as photographs do (mode collapse).
    #[cfg_attr(feature = "clap", arg(long, value_name = "STEPS"))]
    #[serde(default = "watch_every")]
    pub watch_every: u64,
    /// Photographs trained on, counted when the run began.
    #[cfg_attr(feature = "clap", arg(skip))]
    pub photographs: u64,
    /// Of the names and sizes of those, in lower-case hexadecimal: what `photographs.txt` lists. Empty in a run that kept
    /// no such list.
    #[cfg_attr(feature = "clap", arg(skip))]
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub photographs_sha256: String,
    /// What the run began on.
    #[cfg_attr(feature = "clap", arg(skip))]
    pub device: String,
}

impl Default for RunConfig {
    /// The paper's settings, without photographs.
    fn default() -> Self {
        Self {
            data: PathBuf::new(),
            trainer: TrainerConfig::default(),
            steps: 200_000,
            batch: 32,
            flips: false,
            fit: Fit::Pad,
            seed: 0,
            snapshot_every: 1000,
            snapshot_minutes: Self::SNAPSHOT_MINUTES,
            keep: Self::KEEP,
            log_every: 10,
            features: None,
            from: None,
            watch_every: Self::WATCH_EVERY,
            photographs: 0,
            photographs_sha256: String::new(),
            device: String::new(),
        }
    }
}

const fn watch_every() -> u64 {
    RunConfig::WATCH_EVERY
}

const fn snapshot_minutes() -> f64 {
    RunConfig::SNAPSHOT_MINUTES
}

const fn keep() -> usize {
    RunConfig::KEEP
}

/// Where a run's H came from, so that a resumed run goes on with the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturesSource {
    /// A file or a folder; a relative one is in the run directory.
    pub path: PathBuf,
    /// Of its weights, in lower-case hexadecimal.
    pub sha256: String,
}

/// Where a run's first networks came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightsSource {
    /// The folder of a model or of a run; a relative one is in the run directory.
    pub path: PathBuf,
    /// Of the files with G's, E's and D's weights, in lower-case hexadecimal.
    pub sha256: Vec<String>,
}

impl RunConfig {
    /// The file's name in a run directory.
    pub const NAME: &'static str = "config.json";
    /// Steps between looks for mode collapse, where nothing else is said.
    pub const WATCH_EVERY: u64 = 250;
    /// Minutes between checkpoints, where nothing else is said.
    pub const SNAPSHOT_MINUTES: f64 = 10.0;
    /// Checkpoints kept, where nothing else is said: the last, and one before it in case the last is the one that went
    /// wrong.
    pub const KEEP: usize = 2;

    /// The same with what lies in the run directory `run` named from there.
    #[must_use]
    pub fn within(mut self, run: &Path) -> Self {
        self.data = run.join(self.data);
        if let Some(features) = &mut self.features {
            features.path = run.join(&features.path);
        }
        if let Some(from) = &mut self.from {
            from.path = run.join(&from.path);
        }
        self
    }

    /// The opposite of [`RunConfig::within`]: what lies in the run directory `run` is named from there, so that the run can
    /// be moved.
    #[must_use]
    pub fn from_within(mut self, run: &Path) -> Self {
        let features = self.features.iter_mut().map(|features| &mut features.path);
        let from = self.from.iter_mut().map(|from| &mut from.path);
        for path in [&mut self.data].into_iter().chain(features).chain(from) {
            if let Ok(inside) = path.strip_prefix(run) {
                *path = inside.to_owned();
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_run_is_named_from_there_and_what_lies_elsewhere_stays() {
        let config = |data: &str| {
            let file = serde_json::json!({
                "data": data, "trainer": TrainerConfig::default(), "steps": 1, "batch": 2, "flips": false, "fit": "pad",
                "seed": 0, "snapshot_every": 1, "log_every": 1, "photographs": 1, "device": "",
                "features": { "path": "features", "sha256": "" },
            });
            serde_json::from_value::<RunConfig>(file).unwrap()
        };
        let own = config("photos").within(Path::new("/runs/a"));
        assert_eq!(own.data, Path::new("/runs/a/photos"));
        assert_eq!(
            own.features.clone().unwrap().path,
            Path::new("/runs/a/features")
        );
        let again = own.from_within(Path::new("/runs/a"));
        assert_eq!(again, config("photos"));
        let elsewhere = config("/clothes").within(Path::new("/runs/a"));
        assert_eq!(elsewhere.data, Path::new("/clothes"));
        assert_eq!(
            elsewhere.clone().from_within(Path::new("/runs/a")).data,
            elsewhere.data
        );
    }
}
