//! What was cut out of photographs, as a prepared folder's index says it.

use images::Subject;
use serde::{Deserialize, Serialize};

/// What was cut out of every photograph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "lowercase", deny_unknown_fields)]
pub enum Crop {
    /// Nothing.
    None,
    /// What differs from the background's colour: only in folders that an older version prepared.
    Background {
        /// Space around it, as a share of its longer side.
        margin: f64,
        /// Whether photographs in which it was not found were left out.
        required: bool,
    },
    /// The largest person.
    Person {
        /// Space around, as a share of the longer side.
        margin: f64,
        /// Whether photographs without a person were left out.
        required: bool,
        /// The detector's file.
        detector: String,
        /// Its hash.
        sha256: String,
        /// The score from which a box counts.
        score: f32,
    },
    /// The garment, laid on white.
    Garment {
        /// Whether photographs in which none was found were left out.
        required: bool,
        /// The name of the network that found it.
        cutout: String,
        /// The hash of its weights.
        sha256: String,
    },
}

impl Crop {
    /// What the pictures show.
    pub fn subject(&self) -> Subject {
        match self {
            Self::Garment { .. } => Subject::Garment,
            _ => Subject::Whole,
        }
    }
}
