//! The networks without Burn: what their layers are, how a published model is read, and how it runs.
//!
//! Burn's modules, which are trained, are in `bigan`; what they compute is described here once, as data ([`layers`]), and
//! a test holds the modules to it. A photograph goes through [`cutout`], E and G, and D judges both pictures: [`Model`]
//! puts them together, on the CPU ([`cpu`]) or on WebGPU ([`gpu`]). The crate is pure: no files, clocks or threads.
//!
//! | module | what it owns |
//! |---|---|
//! | [`config`] | what shapes the networks |
//! | [`layers`] | every network's layers as data |
//! | [`weights`] | tensors in and out of files, checked |
//! | [`card`] | `model.json`: what a model is, and which files hold it |
//! | [`cutout`] | cutting the garment out of a photograph |
//! | [`cpu`] | layers that follow each other, on the CPU |
//! | [`gpu`] | layers over buffers of a GPU |
//! | [`networks`] | E, G and D of one model on a device |
//! | [`latent`] | codes made of codes: walks, mixtures, directions |
//! | [`neighbours`] | the photographs trained on, by how near they are to a code |
//! | [`random`] | uniform and normal numbers, the same on every device |

pub mod card;
pub mod config;
pub mod cpu;
pub mod cutout;
mod fold;
pub mod gpu;
pub mod latent;
pub mod layers;
mod model;
mod names;
pub mod neighbours;
pub mod networks;
pub mod random;
pub mod weights;

pub use card::ModelCard;
pub use config::{ConfigError, MinibatchConfig, NetworkConfig, SIDE};
pub use fold::{Folded, fold};
pub use gpu::InferenceError;
pub use model::{Embedding, Model, Reconstruction, RunError, Sample};
pub use names::UnknownName;
pub use neighbours::Neighbours;
pub use weights::{ModelError, Precision, WeightFile};
