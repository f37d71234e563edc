//! Training the network that cuts a garment out of a photograph; `inference` computes what was trained, without Burn.

mod network;
mod training;

pub use inference::cutout::*;
pub use network::{Cutout, FrozenCutout};
pub use training::CutoutTrainer;

#[cfg(test)]
mod tests;
