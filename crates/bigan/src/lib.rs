//! The bidirectional GAN of "Toward better reconstruction of style images with GANs".
//!
//! A generator G turns a code z into a picture, an encoder E turns a picture into a code, and a discriminator D sees
//! pairs of picture and code and tells which of the two made the pair. The crate is pure: it knows neither files nor
//! clocks nor threads, and runs the same natively and in a browser.
//!
//! | module | what it owns |
//! |---|---|
//! | [`networks`] | G, E and D (figures 1 to 3 of the paper) |
//! | [`features`] | H, the fixed network that L_H compares pictures by (equation 5) |
//! | [`cutout`] | the network that cuts a garment out of its background |
//! | [`losses`] | the terms of equation 8 |
//! | [`pictures`] | pictures as tensors, and back |
//! | [`trainer`] | one training step: D, then G and E together |
//! | [`refine`] | a photograph's code improved by gradient descent |
//! | [`weights`] | tensors in and out as safetensors |
//! | [`card`] | `model.json`: what a model is, and which files hold it |

mod adam;
pub mod card;
pub mod cutout;
pub mod features;
mod learner;
pub mod losses;
mod named;
pub mod networks;
mod parameters;
pub mod pictures;
mod preset;
mod read;
pub mod refine;
mod run;
mod setting;
pub mod trainer;
pub mod weights;

pub use adam::{Adam, AdamConfig};
pub use card::ModelCard;
pub use features::Features;
pub use inference::{
    ConfigError, MinibatchConfig, NetworkConfig, SIDE, UnknownName, latent, random,
};
pub use learner::CheckpointError;
pub use losses::{Reduction, pseudo_huber};
pub use networks::{
    Bigan, Discriminator, Encoder, Encoding, Generator, Reconstruction, Sample, Statistics,
};
pub use preset::Preset;
pub use read::{read, read_all};
pub use refine::{Refinement, RefinementLosses, WishWeights, Wishes};
pub use run::{FeaturesSource, RunConfig, WeightsSource};
pub use setting::SettingError;
pub use trainer::techniques::{Augment, Schedule, Shape, UnrollConfig, VirtualBatchNorm};
pub use trainer::{
    DiscriminatorNoise, LossWeights, Losses, Need, Phase, StepLosses, StepNoise, TERMS, Term,
    TrainError, Trainer, TrainerConfig,
};
pub use weights::{ModelError, Precision, WeightFile};

/// The crate the networks compute with, so that callers name tensors and devices of the same version.
pub use burn;
