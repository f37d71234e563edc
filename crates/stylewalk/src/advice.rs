//! What to do about errors of those that do not know: `bigan`, which knows neither programs nor their flags, and clap, which
//! does not know what flags are for.

use bigan::{ModelError, TrainError};
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::terminal;

/// What a person is told of `error`, in one line: what we were doing, why it failed, and what to do about it.
pub fn sentence(error: &anyhow::Error) -> String {
    terminal::plain(&format!("{error:#}{}", on(error)))
}

/// What to do about `error`, as the end of its sentence; empty where the sentence says enough.
fn on(error: &anyhow::Error) -> &'static str {
    error.chain().find_map(on_cause).unwrap_or_default()
}

fn on_cause(cause: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if let Some(ModelError::Format {
        found, expected, ..
    }) = cause.downcast_ref()
    {
        return Some(match found > expected {
            true => "; update stylewalk",
            false => "; write it again with this stylewalk",
        });
    }
    match cause.downcast_ref()? {
        TrainError::FeaturesMissing => Some("; name one with --features, or set --l3 0"),
        TrainError::NotShared { .. } => Some("; train with one process, or leave it out"),
        TrainError::Batch { .. } => None,
    }
}

/// What to do where `command` was given a flag that it does not take, but that somebody may well expect of it, among the
/// commands of `program`. None where clap says enough.
pub fn on_flag(error: &clap::Error, command: &str, program: &clap::Command) -> Option<String> {
    if error.kind() != ErrorKind::UnknownArgument || command != "resume" {
        return None;
    }
    let Some(ContextValue::String(given)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let flag = given.split('=').next().unwrap_or(given);
    let train = program.find_subcommand("train")?;
    let mut known = train.get_arguments().filter_map(|flag| flag.get_long());
    known.any(|known| flag.strip_prefix("--") == Some(known)).then(|| {
        format!(
            "a run goes on with the settings it began with, so `resume` takes no {flag}; begin a new run from its networks: \
             `stylewalk train PHOTOGRAPHS --from RUN {flag} ...`"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_newer_format_asks_for_an_update() {
        let format = |found| ModelError::Format {
            card: "model.json",
            found,
            expected: 1,
        };
        let advice = |error: ModelError| on(&Err::<(), _>(error).context("m").unwrap_err());
        assert_eq!(advice(format(2)), "; update stylewalk");
        assert!(advice(format(0)).contains("again"));
        let damaged = ModelError::FileHash {
            file: "encoder.safetensors".into(),
            card: "model.json",
        };
        assert_eq!(advice(damaged), "");
    }

    #[test]
    fn a_missing_network_names_the_flag() {
        let error = anyhow::Error::from(TrainError::FeaturesMissing);
        assert!(on(&error).contains("--features"));
    }
}
