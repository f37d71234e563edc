//! `--config`: settings from a file such as a run's `config.json`, under those of the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::Value;

use super::config::{RunConfig, Settings};
use crate::files;

/// Where each flag's setting is in `config.json`.
const PLACES: [(&str, &str); 16] = [
    ("steps", "/steps"),
    ("batch", "/batch"),
    ("width", "/trainer/networks/width"),
    ("latent", "/trainer/networks/latent"),
    ("stochastic", "/trainer/networks/stochastic"),
    ("l1", "/trainer/losses/adversarial_latent"),
    ("l2", "/trainer/losses/autoencoder"),
    ("gamma", "/trainer/losses/gamma"),
    ("real_label", "/trainer/losses/real_label"),
    ("learning_rate", "/trainer/adam/learning_rate"),
    ("flips", "/flips"),
    ("fit", "/fit"),
    ("seed", "/seed"),
    ("snapshot_every", "/snapshot_every"),
    ("log_every", "/log_every"),
    ("watch_every", "/watch_every"),
];

/// The flags that a person wrote, by clap's names for them.
pub fn written(matches: &ArgMatches) -> Vec<String> {
    let ids = matches.ids().map(clap::Id::as_str);
    ids.filter(|id| matches.value_source(id) == Some(ValueSource::CommandLine))
        .map(str::to_owned)
        .collect()
}

/// The settings of a new run: the flags' alone, or a file's with the flags in `written` over them.
///
/// # Errors
/// Names the file and the field that is unknown or wrong, or the flag.
pub fn effective(
    settings: Settings,
    data: Option<PathBuf>,
    file: Option<&Path>,
    written: &[String],
) -> Result<RunConfig> {
    let Some(path) = file else {
        let data = data.context("name a folder of photographs, or a --config that does")?;
        return settings.into_config(&data);
    };
    let inner = || -> Result<RunConfig> {
        let file: Value = serde_json::from_slice(&files::read(path)?)?;
        let data = match (data, file.get("data").and_then(Value::as_str)) {
            (Some(data), _) => data,
            (None, Some(data)) => PathBuf::from(data),
            (None, None) => bail!("it has no `data`; name a folder of photographs"),
        };
        let flags = settings.into_config(&data)?;
        let config = overlaid(&serde_json::to_value(&flags)?, file, written)?;
        let mut config = parsed(config)?;
        config.data = flags.data;
        config.check()?;
        Ok(config)
    };
    inner().with_context(|| format!("{} cannot be trained with", path.display()))
}

/// `flags`, which has every setting, with those of `file` over it except where a flag was written.
fn overlaid(flags: &Value, file: Value, written: &[String]) -> Result<Value> {
    let mut config = flags.clone();
    merge(&mut config, file);
    for (flag, place) in PLACES {
        if written.iter().any(|written| written == flag) {
            let value = flags.pointer(place).cloned();
            let slot = config.pointer_mut(place);
            let parts = slot.zip(value);
            let (slot, value) = parts.with_context(|| format!("there is no place for --{flag}"))?;
            *slot = value;
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{Args, Command, FromArgMatches};

    /// What the flags in `words` and a file make together.
    fn made(words: &[&str], file: &str) -> Result<RunConfig> {
        let folder = std::env::temp_dir();
        let path = folder.join(format!(
            "stylewalk-config-{}-{:p}.json",
            std::process::id(),
            file
        ));
        std::fs::write(&path, file)?;
        let command = Settings::augment_args(Command::new("train").no_binary_name(true));
        let matches = command.try_get_matches_from(words)?;
        let settings = Settings::from_arg_matches(&matches)?;
        let config = effective(settings, Some(folder), Some(&path), &written(&matches));
        std::fs::remove_file(&path)?;
        config
    }

    #[test]
    fn a_file_stands_over_defaults_and_under_flags() {
        let file = r#"{ "batch": 7, "seed": 5, "trainer": { "losses": { "autoencoder": 40.0 }, "networks": { "width": 8 } } }"#;
        let config = made(&["--width", "16", "--seed", "0"], file).unwrap();
        assert_eq!((config.batch, config.seed), (7, 0));
        assert_eq!(config.trainer.networks.width, 16);
        assert_eq!(config.trainer.networks.latent, 100);
        assert_eq!(config.trainer.losses.autoencoder, 40.0);
    }

    #[test]
    fn a_runs_own_configuration_is_taken_whole() {
        let config = made(&["--batch", "9", "--l1", "1", "--flips"], "{}").unwrap();
        let text = serde_json::to_string(&config).unwrap();
        assert_eq!(made(&[], &text).unwrap(), config);
    }

    #[test]
    fn unknown_and_wrong_fields_are_named() {
        for (file, part) in [
            (r#"{ "bacth": 7 }"#, "`bacth`"),
            (r#"{ "trainer": { "losses": { "gama": 1.0 } } }"#, "`gama`"),
            (
                r#"{ "trainer": { "losses": { "gamma": "wide" } } }"#,
                "`trainer.losses.gamma`",
            ),
            (r#"{ "steps": -1 }"#, "`steps`"),
            (r#"{ "batch": 1 }"#, "batch"),
            ("[1, 2", "stylewalk-config"),
        ] {
            let error = format!("{:#}", made(&[], file).unwrap_err());
            assert!(
                error.contains(part) && error.contains("stylewalk-config"),
                "{file}: {error}"
            );
        }
    }

    /// A flag that is added without a place here would not stand over a file's setting.
    #[test]
    fn every_flag_has_a_place() {
        let command = Settings::augment_args(Command::new("train"));
        let config = serde_json::to_value(made(&[], "{}").unwrap()).unwrap();
        for flag in command.get_arguments().map(|flag| flag.get_id().as_str()) {
            let place = PLACES.iter().find(|(known, _)| *known == flag);
            let (_, place) = place.unwrap_or_else(|| panic!("--{flag} has no place"));
            assert!(config.pointer(place).is_some(), "{place}");
        }
    }
}
