//! Why a step cannot be taken.

use inference::config::SIDE;

/// What is wrong with a step before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// L_H has a weight, and the trainer was given no H.
    #[error("L_H has a weight, but there is no network H to compare contents with")]
    FeaturesMissing,
    /// The pictures do not have the shape the networks take.
    #[error("a batch has the shape {0:?}, but must be at least 2 pictures of 3x{SIDE}x{SIDE}")]
    Batch([usize; 4]),
}
