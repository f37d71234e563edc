//! Why a step cannot be taken.

/// What is wrong with a step before anything was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TrainError {
    /// L_H has a weight, and the trainer was given no H.
    #[error("L_H has a weight, but there is no network H to compare contents with")]
    FeaturesMissing,
    /// Something that needs the whole batch in one process.
    #[error("{setting} needs the whole batch in one process")]
    NotShared {
        /// The name of its flag.
        setting: &'static str,
    },
    /// The pictures do not have the shape the networks take.
    #[error("a batch has the shape {shape:?}, but must be at least 2 pictures of 3x{side}x{side}")]
    Batch {
        /// What came.
        shape: [usize; 4],
        /// Height and width that the networks take.
        side: usize,
    },
}
