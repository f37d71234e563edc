//! The settings of a run as flags; [`RunConfig`] is what a run directory keeps of them.

use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use bigan::burn::tensor::Device;
use bigan::{
    AdamConfig, Augment, ConfigError, Features, LossWeights, MinibatchConfig, NetworkConfig,
    Preset, Reduction, RunConfig, Schedule, Shape, TrainerConfig, UnrollConfig, VirtualBatchNorm,
};
use clap::Args;

use super::features_source;
use crate::features::FeaturesArgs;

/// The settings as flags. The defaults are the paper's.
#[derive(Args)]
pub struct Settings {
    /// Steps to train for; the paper takes about 200,000.
    #[arg(long, default_value_t = 200_000)]
    steps: u64,
    /// Pictures a step.
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Channels of the first convolution; all others are multiples of it.
    #[arg(long, default_value_t = 64)]
    width: usize,
    /// Numbers in a code.
    #[arg(long, default_value_t = 100)]
    latent: usize,
    /// Let the encoder return a mean and a variance, and sample from them while training.
    #[arg(long)]
    stochastic: bool,
    /// Start from one of the paper's experiments, ex1 to ex9, which set l1, l2 and l3; flags beside it count more.
    #[arg(long, default_value = "ex8")]
    preset: Preset,
    /// Weight of L_AD, the distance from z to E(G(z)) [default: 2.5]
    #[arg(long)]
    l1: Option<f64>,
    /// Weight of L'_AD, the distance from E(x) to E(G(E(x))).
    #[arg(long, default_value_t = 0.0)]
    l1_encoded: f64,
    /// Weight of L_AE, the distance from x to G(E(x)) [default: 1]
    #[arg(long)]
    l2: Option<f64>,
    /// Weight of L_H, the distance from H(x) to H(G(E(x))); above 0 it needs --features [default: 0]
    #[arg(long)]
    l3: Option<f64>,
    #[command(flatten)]
    features: FeaturesArgs,
    /// The pseudo-Huber form's scale: below it distances count squared, above it straight.
    #[arg(long, default_value_t = 0.05)]
    gamma: f64,
    /// What the pseudo-Huber form is taken of in L_AD, L'_AD and L_AE: element (by element) or norm (of a sample).
    #[arg(long, default_value = "element")]
    reduction: Reduction,
    /// What D is told of real pairs; 1 turns label smoothing off.
    #[arg(long, default_value_t = 0.9)]
    real_label: f64,
    /// Weight of feature matching: the squared distance between D's mean features of real and generated pairs.
    #[arg(long, default_value_t = 0.0)]
    feature_matching: f64,
    /// Weight of historical averaging: the squared distance of parameters from their mean over the training so far.
    #[arg(long, default_value_t = 0.0)]
    historical_averaging: f64,
    /// Similarities that D gets for each pair of a batch (minibatch discrimination); 0 for none, 100 in its source.
    #[arg(long, default_value_t = 0)]
    minibatch_kernels: usize,
    /// Numbers of which each such similarity is made.
    #[arg(long, default_value_t = 5)]
    minibatch_dimensions: usize,
    /// Networks that normalize by the first batch instead of by the present one: none, generator, discriminator, both.
    #[arg(long, default_value = "none")]
    virtual_batch_norm: VirtualBatchNorm,
    /// Change pictures before D sees them: a list of color, translation and cutout, or none.
    #[arg(long, default_value = "none", value_name = "LIST")]
    augment: Augment,
    /// Steps of D that G and E look ahead (unrolled training); 0 for none, 8 in the paper.
    #[arg(long, default_value_t = 0, value_name = "K")]
    unrolled: usize,
    /// Look ahead without a gradient through D's steps: cheaper.
    #[arg(long)]
    unrolled_cheap: bool,
    /// Look ahead by plain gradient descent with this rate instead of D's Adam.
    #[arg(long, value_name = "RATE")]
    unrolled_sgd: Option<f64>,
    /// Adam's step size.
    #[arg(long, default_value_t = 2e-4)]
    learning_rate: f64,
    /// Adam's step size for D, where it is another one.
    #[arg(long, value_name = "RATE")]
    d_learning_rate: Option<f64>,
    /// Decay of Adam's mean of gradients.
    #[arg(long, default_value_t = 0.5)]
    beta1: f64,
    /// Decay of Adam's mean of squared gradients.
    #[arg(long, default_value_t = 0.999)]
    beta2: f64,
    /// How step sizes go along the training: constant, or linear or cosine down to zero at --steps.
    #[arg(long, default_value = "constant")]
    schedule: Shape,
    /// Steps over which step sizes rise first.
    #[arg(long, default_value_t = 0, value_name = "STEPS")]
    warmup: u64,
    /// Publish an average of G and E over steps, which decays by this factor a step, 0.999 for example; 0 for none.
    #[arg(long, default_value_t = 0.0, value_name = "DECAY")]
    average_decay: f64,
    /// Mirror pictures at random: twice the data for garments seen from the front.
    #[arg(long)]
    flips: bool,
    /// How photographs become square: pad (with the border's colour) or crop.
    #[arg(long, default_value = "pad")]
    fit: images::Fit,
    /// Where first weights, order, mirroring and all other chance come from.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Steps between checkpoints and grids.
    #[arg(long, default_value_t = 1000)]
    snapshot_every: u64,
    /// Steps between lines of stats.jsonl.
    #[arg(long, default_value_t = 10)]
    log_every: u64,
    /// Steps between looks at whether samples still differ as photographs do (mode collapse).
    #[arg(long, default_value_t = RunConfig::WATCH_EVERY)]
    watch_every: u64,
}

impl Settings {
    /// Checks the flags and puts them in the form a run keeps.
    pub fn into_config(self, data: &Path) -> Result<RunConfig> {
        let config = self.unchecked(data)?;
        check(&config)?;
        Ok(config)
    }

    /// The same without looking at what the settings make together.
    pub fn unchecked(self, data: &Path) -> Result<RunConfig> {
        ensure!(
            self.unrolled > 0 || !(self.unrolled_cheap || self.unrolled_sgd.is_some()),
            "--unrolled is 0, but must be at least 1 for --unrolled-cheap and --unrolled-sgd"
        );
        let mut config = RunConfig {
            // Absolute, so that `resume` works from anywhere.
            data: data
                .canonicalize()
                .with_context(|| format!("there is no folder {}", data.display()))?,
            trainer: self.trainer(),
            steps: self.steps,
            batch: self.batch,
            flips: self.flips,
            fit: self.fit,
            seed: self.seed,
            snapshot_every: self.snapshot_every,
            log_every: self.log_every,
            features: features_source::of(&self.features)?,
            watch_every: self.watch_every,
            photographs: 0,
            device: String::new(),
        };
        config.trainer.schedule.end = schedule_end(&config);
        Ok(config)
    }

    fn trainer(&self) -> TrainerConfig {
        TrainerConfig {
            networks: self.networks(),
            losses: self.losses(),
            adam: AdamConfig {
                learning_rate: self.learning_rate,
                discriminator_learning_rate: self.d_learning_rate,
                beta1: self.beta1,
                beta2: self.beta2,
                ..AdamConfig::default()
            },
            schedule: Schedule {
                shape: self.schedule,
                warmup: self.warmup,
                // Known when the steps are: [`schedule_end`].
                end: 0,
            },
            average_decay: self.average_decay,
            augment: self.augment,
            unroll: UnrollConfig {
                steps: self.unrolled,
                through: !self.unrolled_cheap,
                sgd: self.unrolled_sgd,
            },
            virtual_batch_norm: self.virtual_batch_norm,
        }
    }

    fn networks(&self) -> NetworkConfig {
        let minibatch = MinibatchConfig {
            kernels: self.minibatch_kernels,
            dimensions: self.minibatch_dimensions,
        };
        NetworkConfig {
            width: self.width,
            latent: self.latent,
            stochastic: self.stochastic,
            minibatch: (self.minibatch_kernels > 0).then_some(minibatch),
        }
    }

    fn losses(&self) -> LossWeights {
        let preset = self.preset.losses();
        LossWeights {
            adversarial_latent: self.l1.unwrap_or(preset.adversarial_latent),
            encoded_latent: self.l1_encoded,
            autoencoder: self.l2.unwrap_or(preset.autoencoder),
            features: self.l3.unwrap_or(preset.features),
            gamma: self.gamma,
            reduction: self.reduction,
            real_label: self.real_label,
            feature_matching: self.feature_matching,
            historical_averaging: self.historical_averaging,
        }
    }
}

/// H on `device`, where the objective asks for one.
pub fn load_features(config: &RunConfig, device: &Device) -> Result<Option<Features>> {
    if config.trainer.losses.features == 0.0 {
        return Ok(None);
    }
    let source = config.features.as_ref();
    source
        .map(|source| features_source::load(source, device))
        .transpose()
}

/// Where the learning rate reaches zero. A constant one has no end, so that `resume --steps` changes nothing that was
/// trained before.
pub fn schedule_end(config: &RunConfig) -> u64 {
    match config.trainer.schedule.shape {
        Shape::Constant => 0,
        Shape::Linear | Shape::Cosine => config.steps,
    }
}

/// Refuses settings that training cannot work with.
pub fn check(config: &RunConfig) -> Result<()> {
    // A setting is called as its flag is.
    let networks = config.trainer.networks.validate();
    networks.map_err(|ConfigError::OutOfRange { field, value, max }| {
        anyhow!("--{field} is {value}, but must be between 1 and {max}")
    })?;
    let settings = config.trainer.validate();
    settings.map_err(|error| anyhow!("--{error}"))?;
    ensure!(
        config.trainer.losses.features == 0.0 || config.features.is_some(),
        "--l3 is {}, but L_H needs a network: name one with --features, or set --l3 0",
        config.trainer.losses.features
    );
    ensure!(
        config.features.is_none() || config.trainer.losses.features > 0.0,
        "--features is given, but --l3 is 0 and nothing would use it; add --l3 1 or --preset ex9"
    );
    // Batch normalization over one picture has no variance to divide by.
    ensure!(
        config.batch >= 2,
        "--batch is {}, but must be at least 2",
        config.batch
    );
    for (flag, value) in [
        ("snapshot-every", config.snapshot_every),
        ("log-every", config.log_every),
        ("watch-every", config.watch_every),
    ] {
        ensure!(value > 0, "--{flag} is 0, but must be at least 1");
    }
    Ok(())
}

#[cfg(test)]
mod tests;
