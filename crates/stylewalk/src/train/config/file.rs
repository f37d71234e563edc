//! Settings as files have them: read, laid over others, and checked.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail, ensure};
use bigan::{ConfigError, Need, RunConfig};
use serde_json::Value;

/// The settings in a file of these bytes, which need not be all.
pub fn settings(bytes: &[u8]) -> Result<Value> {
    // What editors on Windows write before UTF-8.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let file: Value = serde_json::from_slice(text).context("it is not JSON")?;
    ensure!(file.is_object(), "it is not a JSON object of settings");
    Ok(file)
}

/// The `settings` of the file `path` over `start`; relative paths are in the file's folder.
pub fn merged(settings: Value, start: RunConfig, path: &Path) -> Result<RunConfig> {
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
