//! How the difference of two tensors becomes the t of the pseudo-Huber form.

use serde::{Deserialize, Serialize};

/// How the difference of two tensors becomes the t of the pseudo-Huber form.
///
/// The paper leaves it open. Elements are the default: the penalty then keeps its robustness to single bad pixels, and
/// its size depends neither on how many pixels a picture has nor on how many numbers a code has, so that l1 and l2 can
/// be compared. With norms, which are far above gamma, a penalty is close to the norm itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// Every element is a t; then the mean over all.
    #[default]
    Element,
    /// The L2 norm of each sample's difference is a t; then the mean over the batch.
    Norm,
}
