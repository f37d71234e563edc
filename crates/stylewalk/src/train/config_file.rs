//! `--config`: settings from a file such as a run's `config.json`, under those of the command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use bigan::RunConfig;
use clap::ArgMatches;
use clap::parser::ValueSource;
use serde_json::Value;

use super::config::{Settings, check, schedule_end};
use crate::files;

/// Where each flag's settings are in `config.json`.
const PLACES: [(&str, &[&str]); 37] = [
    ("steps", &["/steps"]),
    ("batch", &["/batch"]),
    ("width", &["/trainer/networks/width"]),
    ("latent", &["/trainer/networks/latent"]),
    ("stochastic", &["/trainer/networks/stochastic"]),
    (
        "preset",
        &[
            "/trainer/losses/adversarial_latent",
            "/trainer/losses/autoencoder",
            "/trainer/losses/features",
        ],
    ),
    ("l1", &["/trainer/losses/adversarial_latent"]),
    ("l1_encoded", &["/trainer/losses/encoded_latent"]),
    ("l2", &["/trainer/losses/autoencoder"]),
    ("l3", &["/trainer/losses/features"]),
    ("features", &["/features"]),
    ("features_sha256", &["/features"]),
    ("gamma", &["/trainer/losses/gamma"]),
    ("reduction", &["/trainer/losses/reduction"]),
    ("real_label", &["/trainer/losses/real_label"]),
    ("feature_matching", &["/trainer/losses/feature_matching"]),
    (
        "historical_averaging",
        &["/trainer/losses/historical_averaging"],
    ),
    ("minibatch_kernels", &["/trainer/networks/minibatch"]),
    ("minibatch_dimensions", &["/trainer/networks/minibatch"]),
    ("virtual_batch_norm", &["/trainer/virtual_batch_norm"]),
    ("augment", &["/trainer/augment"]),
    ("unrolled", &["/trainer/unroll/steps"]),
    ("unrolled_cheap", &["/trainer/unroll/through"]),
    ("unrolled_sgd", &["/trainer/unroll/sgd"]),
    ("learning_rate", &["/trainer/adam/learning_rate"]),
    (
        "d_learning_rate",
        &["/trainer/adam/discriminator_learning_rate"],
    ),
    ("beta1", &["/trainer/adam/beta1"]),
    ("beta2", &["/trainer/adam/beta2"]),
    ("schedule", &["/trainer/schedule/shape"]),
    ("warmup", &["/trainer/schedule/warmup"]),
    ("average_decay", &["/trainer/average_decay"]),
    ("flips", &["/flips"]),
    ("fit", &["/fit"]),
    ("seed", &["/seed"]),
    ("snapshot_every", &["/snapshot_every"]),
    ("log_every", &["/log_every"]),
    ("watch_every", &["/watch_every"]),
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
    let folder = path.parent().unwrap_or(path);
    let inner = || -> Result<RunConfig> {
        let file: Value = serde_json::from_slice(&files::read(path)?)?;
        let data = match (data, file.get("data").and_then(Value::as_str)) {
            (Some(data), _) => data,
            (None, Some(data)) => folder.join(data),
            (None, None) => bail!("it has no `data`; name a folder of photographs"),
        };
        let flags = settings.unchecked(&data)?;
        let config = overlaid(&serde_json::to_value(&flags)?, file, written);
        let mut config = parsed(config)?.within(folder);
        config.data = flags.data;
        config.trainer.schedule.end = schedule_end(&config);
        check(&config)?;
        Ok(config)
    };
    inner().with_context(|| format!("{} cannot be trained with", path.display()))
}

/// `flags`, which has every setting, with those of `file` over it except where a flag was written.
fn overlaid(flags: &Value, file: Value, written: &[String]) -> Value {
    let mut config = flags.clone();
    merge(&mut config, file);
    for (flag, places) in PLACES {
        if written.iter().any(|written| written == flag) {
            for place in places {
                put(&mut config, place, flags.pointer(place).cloned());
            }
        }
    }
    config
}

/// Sets a field, which is not there when it is none and left out.
fn put(config: &mut Value, place: &str, value: Option<Value>) {
    let (parent, field) = place.rsplit_once('/').unwrap_or_default();
    if let Some(Value::Object(parent)) = config.pointer_mut(parent) {
        parent.insert(field.to_owned(), value.unwrap_or_default());
    }
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
    fn flags_for_several_fields_and_for_absent_ones_stand_over_the_file() {
        let file = r#"{ "trainer": { "losses": { "adversarial_latent": 9.0, "features": 0.0 } } }"#;
        let config = made(&["--preset", "ex1", "--minibatch-kernels", "3"], file).unwrap();
        assert_eq!(config.trainer.losses.adversarial_latent, 0.05);
        assert_eq!(config.trainer.losses.autoencoder, 0.0);
        assert_eq!(config.trainer.networks.minibatch.unwrap().kernels, 3);
        let file = serde_json::to_string(&config).unwrap();
        let config = made(&["--schedule", "cosine", "--steps", "70"], &file).unwrap();
        assert_eq!(config.trainer.schedule.end, 70);
        assert_eq!(config.trainer.networks.minibatch.unwrap().kernels, 3);
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
            let known = PLACES.iter().find(|(known, _)| *known == flag);
            let (_, places) = known.unwrap_or_else(|| panic!("--{flag} has no place"));
            for place in *places {
                let parent = place.rsplit_once('/').unwrap().0;
                assert!(
                    config.pointer(parent).is_some_and(Value::is_object),
                    "{place}"
                );
            }
        }
    }
}
