//! A run's settings: those of a file or the paper's, and flags over them. [`RunConfig`] has them all.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use bigan::burn::tensor::Device;
use bigan::{ConfigError, Features, Need, Preset, RunConfig, Shape};
use clap::Args;
use serde_json::Value;

use super::features_source;
use crate::features::FeaturesArgs;
use crate::files;
use crate::flags::Flags;

/// The settings of a new run as flags.
#[derive(Args)]
pub struct Settings {
    /// Settings from a file such as a run's config.json; flags count more.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Start from one of the paper's experiments, ex1 to ex9, which set l1, l2 and l3; flags beside it count more
    /// [default: ex8]
    #[arg(long)]
    preset: Option<Preset>,
    #[command(flatten)]
    features: FeaturesArgs,
    #[command(flatten)]
    flags: Flags<RunConfig>,
}

impl Settings {
    /// What a run on `data` is started with, checked.
    ///
    /// # Errors
    /// Names the file and the field that is unknown or wrong, or the flag.
    pub fn into_config(self, data: Option<&Path>) -> Result<RunConfig> {
        match &self.config {
            Some(file) => self
                .over(from_file(file)?, data)
                .with_context(|| format!("cannot train with {}", file.display())),
            None => self.over(RunConfig::default(), data),
        }
    }

    /// These flags over `config`.
    fn over(&self, mut config: RunConfig, data: Option<&Path>) -> Result<RunConfig> {
        if let Some(preset) = self.preset {
            preset.put_over(&mut config.trainer.losses);
        }
        self.flags.lay_over(&mut config)?;
        if let Some(source) = features_source::of(&self.features)? {
            config.features = Some(source);
        }
        let data = data.unwrap_or(&config.data);
        ensure!(
            !data.as_os_str().is_empty(),
            "name a folder of photographs, or a --config that does"
        );
        // Absolute, so that `resume` works from anywhere.
        let found = data.canonicalize();
        config.data = found.with_context(|| format!("there is no folder {}", data.display()))?;
        config.trainer.schedule.end = schedule_end(&config);
        check(&config)?;
        Ok(config)
    }
}

/// The settings in a file, which need not be all; relative paths are in the file's folder.
fn from_file(path: &Path) -> Result<RunConfig> {
    let read = || -> Result<RunConfig> {
        let file: Value = serde_json::from_slice(&files::read(path)?)?;
        ensure!(file.is_object(), "it is not a JSON object of settings");
        let names_data = file.get("data").is_some();
        let mut all = serde_json::to_value(RunConfig::default())?;
        merge(&mut all, file);
        let mut config = parsed(all)?.within(path.parent().unwrap_or(path));
        if !names_data {
            // Nothing, which must not be taken for the file's folder.
            config.data = PathBuf::new();
        }
        Ok(config)
    };
    read().with_context(|| format!("cannot train with {}", path.display()))
}

/// Puts everything of `upper` over `lower`, object by object.
fn merge(lower: &mut Value, upper: Value) {
    match (lower, upper) {
        (Value::Object(lower), Value::Object(upper)) => {
            for (key, value) in upper {
                merge(lower.entry(key).or_insert(Value::Null), value);
            }
        }
        (lower, upper) => *lower = upper,
    }
}

/// The settings, or which field is wrong.
fn parsed(config: Value) -> Result<RunConfig> {
    serde_path_to_error::deserialize(config).map_err(|error| {
        let path = error.path().to_string();
        match path.as_str() {
            "." => anyhow!("{}", error.inner()),
            _ => anyhow!("`{path}`: {}", error.inner()),
        }
    })
}

/// H on `device`, where the objective asks for one.
pub fn load_features(config: &RunConfig, device: &Device) -> Result<Option<Features>> {
    if !config.trainer.losses.need(Need::Features) {
        return Ok(None);
    }
    let source = config.features.as_ref();
    source
        .map(|source| features_source::load(source, device))
        .transpose()
}

/// Where the learning rate reaches zero. A constant one has no end, so that `resume --steps` changes nothing that was
/// trained before.
fn schedule_end(config: &RunConfig) -> u64 {
    match config.trainer.schedule.shape {
        Shape::Constant => 0,
        Shape::Linear | Shape::Cosine => config.steps,
    }
}

/// Refuses settings that training cannot work with.
pub fn check(config: &RunConfig) -> Result<()> {
    // A setting is called as its flag is.
    let networks = config.trainer.networks.validate();
    networks.map_err(|ConfigError::OutOfRange { field, value, max }| {
        anyhow!("--{field} is {value}, but must be between 1 and {max}")
    })?;
    let settings = config.trainer.validate();
    settings.map_err(|error| anyhow!("--{error}"))?;
    let features = config.trainer.losses.need(Need::Features);
    ensure!(
        !features || config.features.is_some(),
        "--l3 is {}, but L_H needs a network: name one with --features, or set --l3 0",
        config.trainer.losses.features
    );
    ensure!(
        config.features.is_none() || features,
        "--features is given, but --l3 is 0 and nothing would use it; add --l3 1 or --preset ex9"
    );
    // Batch normalization over one picture has no variance to divide by.
    ensure!(
        config.batch >= 2,
        "--batch is {}, but must be at least 2",
        config.batch
    );
    for (flag, value) in [
        ("snapshot-every", config.snapshot_every),
        ("log-every", config.log_every),
        ("watch-every", config.watch_every),
    ] {
        if value == 0 {
            bail!("--{flag} is 0, but must be at least 1");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
