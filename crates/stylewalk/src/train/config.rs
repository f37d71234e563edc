//! A run's settings: those of a file or the paper's, and flags over them. [`RunConfig`] has them all.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use bigan::burn::tensor::Device;
use bigan::{ConfigError, Features, Need, Preset, RunConfig, Shape, WeightsSource};
use clap::Args;
use serde_json::Value;

use super::features_source;
use super::origin::{self, Origin};
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
    /// Start from the networks in a model's or a run's directory instead of fresh ones: of a run the average that it
    /// publishes, where it keeps one. Optimizers, schedule and steps begin anew; the networks' settings are theirs.
    #[arg(long, value_name = "MODEL_OR_RUN")]
    from: Option<PathBuf>,
    #[command(flatten)]
    features: FeaturesArgs,
    #[command(flatten)]
    flags: Flags<RunConfig>,
}

impl Settings {
    /// What a run on `data` is started with, checked, and the networks that it starts from, where they are not fresh.
    ///
    /// # Errors
    /// Names the file and the field that is unknown or wrong, or the flag.
    pub fn into_config(self, data: Option<&Path>) -> Result<(RunConfig, Option<Origin>)> {
        let Some(file) = &self.config else {
            let origin = self.from.as_deref().map(Origin::open).transpose()?;
            let config = self.over(start(origin.as_ref()), origin.as_ref(), data)?;
            return Ok((config, origin));
        };
        let read = || -> Result<(RunConfig, Option<Origin>)> {
            let settings = from_file(file)?;
            let origin = self.origin(&settings, file)?;
            let config = merged(settings, start(origin.as_ref()), file)?;
            let config = self.over(config, origin.as_ref(), data)?;
            Ok((config, origin))
        };
        read().with_context(|| format!("cannot train with {}", file.display()))
    }

    /// The networks that --from names, or else the settings of `file` do, if those are still the same.
    fn origin(&self, settings: &Value, file: &Path) -> Result<Option<Origin>> {
        if let Some(path) = &self.from {
            return Origin::open(path).map(Some);
        }
        let Some(from) = settings.get("from").filter(|from| !from.is_null()) else {
            return Ok(None);
        };
        let source: WeightsSource = serde_json::from_value(from.clone()).context("`from`")?;
        let folder = file.parent().unwrap_or(file);
        let origin = Origin::open(&folder.join(&source.path))?;
        ensure!(
            origin.source().sha256 == source.sha256,
            "the weights in {} are no longer those that `from` names by their sha256; name others with --from",
            origin.source().path.display()
        );
        Ok(Some(origin))
    }

    /// These flags over `config`.
    fn over(
        &self,
        mut config: RunConfig,
        origin: Option<&Origin>,
        data: Option<&Path>,
    ) -> Result<RunConfig> {
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
        if let Some(origin) = origin {
            origin::check(origin, config.trainer.networks)?;
        }
        config.from = origin.map(|origin| origin.source().clone());
        ensure!(config.steps > 0, "--steps is 0, but must be at least 1");
        check(&config)?;
        Ok(config)
    }
}

/// What settings go over: the paper's, and the networks of `origin`.
fn start(origin: Option<&Origin>) -> RunConfig {
    let mut config = RunConfig::default();
    if let Some(origin) = origin {
        config.trainer.networks = origin.networks();
    }
    config
}

/// The settings in a file, which need not be all.
fn from_file(path: &Path) -> Result<Value> {
    let bytes = files::read(path)?;
    // What editors on Windows write before UTF-8.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    let file: Value = serde_json::from_slice(text).context("it is not JSON")?;
    ensure!(file.is_object(), "it is not a JSON object of settings");
    Ok(file)
}

/// The `settings` of the file `path` over `start`; relative paths are in the file's folder.
fn merged(settings: Value, start: RunConfig, path: &Path) -> Result<RunConfig> {
    let names_data = settings.get("data").is_some();
    let mut all = serde_json::to_value(start)?;
    merge(&mut all, settings);
    let mut config = parsed(all)?.within(path.parent().unwrap_or(path));
    if !names_data {
        // Nothing, which must not be taken for the file's folder.
        config.data = PathBuf::new();
    }
    Ok(config)
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
    networks.map_err(|error| match error {
        ConfigError::OutOfRange { field, value, max } => {
            anyhow!("--{field} is {value}, but must be between 1 and {max}")
        }
        ConfigError::Side(side) => anyhow!("--side is {side}, but must be 32, 64 or 128"),
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
        ("steps", config.steps),
        ("snapshot-every", config.snapshot_every),
        ("log-every", config.log_every),
        ("watch-every", config.watch_every),
    ] {
        if value == 0 {
            bail!("--{flag} is 0, but must be at least 1");
        }
    }
    check_saving(config)
}

/// Refuses settings by which nothing would be saved, or not when it is said.
fn check_saving(config: &RunConfig) -> Result<()> {
    let RunConfig {
        snapshot_minutes: minutes,
        keep,
        ..
    } = config;
    ensure!(
        minutes.is_finite() && *minutes >= 0.0,
        "--snapshot-minutes is {minutes}, but must be 0 or more"
    );
    ensure!(*keep >= 1, "--keep is 0, but must be at least 1");
    Ok(())
}

#[cfg(test)]
mod tests;
