//! Trainings on drawn outfits.

use bigan::burn::tensor::{Device, Tensor};
use bigan::features::{AlexNetConfig, Features};
use bigan::{
    AdamConfig, Augment, LossWeights, MinibatchConfig, NetworkConfig, Reduction, SIDE, Schedule,
    Shape, TrainerConfig, UnrollConfig, VirtualBatchNorm, pictures,
};

use crate::model::TINY;

/// Pictures a step.
pub const BATCH: usize = 4;

/// A batch of drawn outfits, different for each `step`: `[BATCH, 3, 64, 64]`.
pub fn batch(step: usize, device: &Device) -> Tensor<4> {
    let outfits = (0..BATCH).map(|index| {
        let seed = (step * BATCH + index) as u64;
        outfits::outfit(seed, SIDE as u32).image
    });
    pictures::pack(&outfits.collect::<Vec<_>>(), device)
}

/// The smallest H, with random weights.
pub fn features(device: &Device) -> Option<Features> {
    let config = AlexNetConfig { width: 2 };
    Some(Features::seeded_alexnet(&config, 5, device))
}

/// Every loss and every technique at once, on the smallest networks.
pub fn everything() -> TrainerConfig {
    TrainerConfig {
        networks: NetworkConfig {
            stochastic: true,
            minibatch: MinibatchConfig {
                kernels: 3,
                dimensions: 2,
            },
            ..TINY
        },
        losses: LossWeights {
            encoded_latent: 0.5,
            features: 1.0,
            reduction: Reduction::Norm,
            feature_matching: 2.0,
            historical_averaging: 0.1,
            adversarial_reconstruction: 1.0,
            feature_distance: 2.0,
            noise_penalty: 0.5,
            noise_penalty_every: 2,
            ..LossWeights::default()
        },
        adam: AdamConfig {
            discriminator_learning_rate: Some(3e-4),
            ..AdamConfig::default()
        },
        schedule: Schedule {
            shape: Shape::Cosine,
            warmup: 2,
            end: 20,
        },
        average_decay: 0.5,
        augment: Augment {
            color: true,
            translation: true,
            cutout: true,
        },
        clamp_codes: true,
        unroll: UnrollConfig {
            steps: 2,
            ..UnrollConfig::default()
        },
        virtual_batch_norm: VirtualBatchNorm {
            generator: true,
            discriminator: true,
        },
        local_norm: false,
    }
}
