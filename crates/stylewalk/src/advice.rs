//! What to do about errors of `bigan`, which knows neither programs nor their flags.

use bigan::{ModelError, TrainError};

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
