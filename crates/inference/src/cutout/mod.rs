//! The network that cuts a garment out of a photograph, as the paper's authors cut persons out ("leaving only the
//! person"): G's code then has no floor and no wall to describe.
//!
//! `bigan` trains it; [`Cutter`] computes it, always on the CPU: a mask takes milliseconds, less than a GPU's answer may
//! take, and is then the same whichever device the page has.

mod card;
mod config;
mod cutter;
mod preprocess;

pub use card::{CutoutCard, CutoutDescription, CutoutTraining, MaskFit};
pub use config::{CutoutConfig, CutoutTrainerConfig};
pub use cutter::Cutter;
pub use preprocess::{Preprocess, Seen};
