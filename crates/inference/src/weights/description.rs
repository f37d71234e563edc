//! What descriptions of networks (`model.json`, `features.json`) have in common.

use serde::{Deserialize, Serialize};

use super::ModelError;

/// What a model was trained on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dataset {
    /// Its name, and where it comes from.
    pub name: String,
    /// Its licence.
    pub licence: String,
    /// Pictures trained on.
    pub images: u64,
}

/// Refuses a description of another format than `expected`, before anything else in it is read.
pub fn version(card: &'static str, json: &[u8], expected: u64) -> Result<(), ModelError> {
    #[derive(Deserialize)]
    struct Version {
        format: u64,
    }
    let Version { format } = serde_json::from_slice(json).map_err(not_a_card(card))?;
    if format == expected {
        return Ok(());
    }
    Err(ModelError::Format {
        card,
        found: format,
        expected,
    })
}

/// A description as text.
pub fn card_text(card: &'static str, contents: &impl Serialize) -> Result<String, ModelError> {
    let text = serde_json::to_string_pretty(contents);
    text.map(|text| text + "\n").map_err(not_a_card(card))
}

/// Turns what serde says into what is said of the description `card`.
pub fn not_a_card(card: &'static str) -> impl Fn(serde_json::Error) -> ModelError {
    move |error| ModelError::Card {
        card,
        reason: error.to_string(),
    }
}
