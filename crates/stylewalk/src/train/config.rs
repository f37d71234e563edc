//! The settings of a run: as flags, and as the `config.json` that a run directory keeps.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use bigan::{AdamConfig, LossWeights, NetworkConfig, TrainerConfig, weights::Fit};
use clap::Args;
use serde::{Deserialize, Serialize};

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
    /// Weight of L_AD, the distance from z to E(G(z)).
    #[arg(long, default_value_t = 2.5)]
    l1: f64,
    /// Weight of L_AE, the distance from x to G(E(x)).
    #[arg(long, default_value_t = 1.0)]
    l2: f64,
    /// The pseudo-Huber form's scale: below it distances count squared, above it straight.
    #[arg(long, default_value_t = 0.05)]
    gamma: f64,
    /// What D is told of real pairs; 1 turns label smoothing off.
    #[arg(long, default_value_t = 0.9)]
    real_label: f64,
    /// Adam's step size.
    #[arg(long, default_value_t = 2e-4)]
    learning_rate: f64,
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
}

/// What `config.json` in a run directory says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunConfig {
    /// Folder of photographs.
    pub data: PathBuf,
    /// Networks, objective and optimizer.
    pub trainer: TrainerConfig,
    /// Steps to train for.
    pub steps: u64,
    /// Pictures a step.
    pub batch: usize,
    /// Mirror pictures at random.
    pub flips: bool,
    /// How photographs become square.
    pub fit: Fit,
    /// Where all chance comes from.
    pub seed: u64,
    /// Steps between checkpoints and grids.
    pub snapshot_every: u64,
    /// Steps between lines of stats.jsonl.
    pub log_every: u64,
    /// Photographs trained on, counted when the run began.
    pub photographs: u64,
    /// What the run began on.
    pub device: String,
}

impl Settings {
    /// Checks the flags and puts them in the form a run keeps.
    pub fn into_config(self, data: &Path) -> Result<RunConfig> {
        let networks = NetworkConfig {
            width: self.width,
            latent: self.latent,
            stochastic: self.stochastic,
        };
        let losses = LossWeights {
            adversarial_latent: self.l1,
            autoencoder: self.l2,
            gamma: self.gamma,
            real_label: self.real_label,
        };
        let adam = AdamConfig {
            learning_rate: self.learning_rate,
            ..AdamConfig::default()
        };
        let config = RunConfig {
            // Absolute, so that `resume` works from anywhere.
            data: data
                .canonicalize()
                .with_context(|| format!("there is no folder {}", data.display()))?,
            trainer: TrainerConfig {
                networks,
                losses,
                adam,
            },
            steps: self.steps,
            batch: self.batch,
            flips: self.flips,
            fit: match self.fit {
                images::Fit::Pad => Fit::Pad,
                images::Fit::Crop => Fit::Crop,
            },
            seed: self.seed,
            snapshot_every: self.snapshot_every,
            log_every: self.log_every,
            photographs: 0,
            device: String::new(),
        };
        config.check()?;
        Ok(config)
    }
}

impl RunConfig {
    /// Refuses settings that training cannot work with.
    pub fn check(&self) -> Result<()> {
        let TrainerConfig {
            networks,
            losses,
            adam,
        } = &self.trainer;
        networks.validate()?;
        // Batch normalization over one picture has no variance to divide by.
        ensure!(
            self.batch >= 2,
            "--batch is {}, but must be at least 2",
            self.batch
        );
        for (flag, value) in [
            ("l1", losses.adversarial_latent),
            ("l2", losses.autoencoder),
        ] {
            ensure!(
                value.is_finite() && value >= 0.0,
                "--{flag} is {value}, but must not be negative"
            );
        }
        for (flag, value) in [
            ("gamma", losses.gamma),
            ("learning-rate", adam.learning_rate),
        ] {
            ensure!(
                value.is_finite() && value > 0.0,
                "--{flag} is {value}, but must be above 0"
            );
        }
        ensure!(
            losses.real_label > 0.5 && losses.real_label <= 1.0,
            "--real-label is {}, but must be above 0.5 and at most 1",
            losses.real_label
        );
        for (flag, value) in [
            ("snapshot-every", self.snapshot_every),
            ("log-every", self.log_every),
        ] {
            ensure!(value > 0, "--{flag} is 0, but must be at least 1");
        }
        Ok(())
    }
}
