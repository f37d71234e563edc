//! Why a step cannot be taken.

use crate::config::SIDE;

/// What is wrong with a step before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// L_H counts, and nobody said what H is.
    #[error(
        "l3 is not 0, but there is no features network; give one with --features, or set --l3 0"
    )]
    FeaturesMissing,
    /// The pictures do not have the shape the networks take.
    #[error("a batch has the shape {0:?}, but must be at least 2 pictures of 3x{SIDE}x{SIDE}")]
    Batch([usize; 4]),
}
