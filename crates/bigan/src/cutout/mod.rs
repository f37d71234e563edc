//! The network that cuts a garment out of a photograph, as the paper's authors cut persons out ("leaving only the
//! person"): G's code then has no floor and no wall to describe.
//!
//! [`Cutout`] is trained with Burn ([`CutoutTrainer`]); [`Cutter`] computes the same without it, always on the CPU: a
//! mask takes milliseconds, less than a GPU's answer may take, and is then the same whichever device the page has.

mod card;
mod cutter;
mod network;
mod preprocess;
mod training;

pub use card::{CutoutCard, CutoutDescription, CutoutTraining, MaskFit};
pub use cutter::Cutter;
pub use network::{Cutout, CutoutConfig};
pub use preprocess::{Preprocess, Seen};
pub use training::{CutoutCheckpointError, CutoutTrainer, CutoutTrainerConfig};

#[cfg(test)]
mod tests;
