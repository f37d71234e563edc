//! Training a [`Cutout`]: one step, and its state as files.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, activation};
use serde::{Deserialize, Serialize};

use inference::cutout::CutoutTrainerConfig;

use super::network::Cutout;
use crate::adam::{Adam, AdamConfig};
use crate::features::seeded;
use crate::losses::softplus;
use crate::networks::Statistics;
use crate::trainer::optimizers;
use crate::weights::{self, ModelError, Precision};

/// The name of the network among the optimizer's.
const PREFIX: &str = "cutout";
/// The file of the weights in a checkpoint.
const WEIGHTS: &str = "cutout.safetensors";
/// The file of the mean gradients and mean squared gradients.
const OPTIMIZER: &str = "optimizer.safetensors";
/// The file of the step and the settings.
const STATE: &str = "training.json";

/// A [`Cutout`] in training.
#[derive(Debug)]
pub struct CutoutTrainer {
    config: CutoutTrainerConfig,
    network: Cutout,
    adam: Adam,
    step: u64,
    device: Device,
}

#[derive(Serialize, Deserialize)]
struct State {
    config: CutoutTrainerConfig,
    step: u64,
}

/// Why a training cannot go on from a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CutoutCheckpointError {
    /// A tensor is wrong.
    #[error(transparent)]
    Weights(#[from] ModelError),
    /// The state is wrong.
    #[error("training.json is not the state of such a training: {0}")]
    State(String),
    /// The training that stopped had other settings.
    #[error("the training that stopped had other settings: {0}")]
    Settings(String),
    /// A file is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl CutoutTrainer {
    /// A new training on `device`.
    pub fn new(config: CutoutTrainerConfig, device: &Device) -> Self {
        let device = device.clone().autodiff();
        Self {
            network: seeded(Cutout::new(&config.network, &device), config.seed),
            adam: Adam::new(AdamConfig {
                beta1: 0.9,
                learning_rate: config.learning_rate,
                ..AdamConfig::default()
            }),
            config,
            step: 0,
            device,
        }
    }

    /// One step on pictures `[batch, 3, 64, 64]` in `[-1, 1]` and masks `[batch, 1, 64, 64]` from 0 to 1. Returns the
    /// loss, `[1]`: the mean cross-entropy, and 1 minus Dice's coefficient (Milletari et al., 2016), which counts a
    /// small garment as much as a large one.
    pub fn step(&mut self, pictures: Tensor<4>, masks: Tensor<4>) -> Tensor<1> {
        let logits = self
            .network
            .logits_with(pictures.autodiff(), Statistics::Record);
        let loss = loss(logits, masks.autodiff());
        let mut gradients = loss.backward();
        let gradients = GradientsParams::from_module(&mut gradients, &self.network);
        self.adam.begin_step(self.rate_factor());
        self.network = self.adam.update(PREFIX, self.network.clone(), gradients);
        self.step += 1;
        loss.without_autodiff()
    }

    fn rate_factor(&self) -> f64 {
        let done = self.step as f64 / self.config.steps.max(1) as f64;
        0.5 + 0.5 * (std::f64::consts::PI * done.min(1.0)).cos()
    }

    /// The network as it is now, for inference: off the graph, and unaffected by later steps.
    pub fn network(&self) -> Cutout {
        self.network.valid()
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The whole state: names and contents of files.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn checkpoint(&self) -> Result<Vec<(&'static str, Vec<u8>)>, CutoutCheckpointError> {
        let state = State {
            config: self.config,
            step: self.step,
        };
        let state = serde_json::to_vec_pretty(&state)
            .map_err(|error| CutoutCheckpointError::State(error.to_string()))?;
        Ok(vec![
            (
                WEIGHTS,
                weights::encode(WEIGHTS, &self.network(), Precision::F32).await?,
            ),
            (
                OPTIMIZER,
                optimizers::encode(OPTIMIZER, &[&self.adam]).await?,
            ),
            (STATE, state),
        ])
    }

    /// The training with the settings `config` that `files` hold, going on exactly where it stopped.
    ///
    /// # Errors
    /// Says which file is missing or wrong, or that the settings differ.
    pub fn resume(
        config: CutoutTrainerConfig,
        files: &[(&str, &[u8])],
        device: &Device,
    ) -> Result<Self, CutoutCheckpointError> {
        let file = |name: &'static str| {
            let found = files.iter().find(|(found, _)| *found == name);
            found
                .map(|(_, bytes)| *bytes)
                .ok_or(CutoutCheckpointError::Missing(name))
        };
        let state: State = serde_json::from_slice(file(STATE)?)
            .map_err(|error| CutoutCheckpointError::State(error.to_string()))?;
        if state.config != config {
            let then = serde_json::to_string(&state.config);
            let then = then.map_err(|error| CutoutCheckpointError::State(error.to_string()))?;
            return Err(CutoutCheckpointError::Settings(then));
        }
        let mut trainer = Self::new(config, device);
        let network = Cutout::new(&config.network, &trainer.device);
        trainer.network = weights::decode(network, WEIGHTS, file(WEIGHTS)?, Precision::F32)?;
        let steps = u32::try_from(state.step).unwrap_or(u32::MAX);
        let stored = optimizers::Stored::parse(OPTIMIZER, file(OPTIMIZER)?)?;
        trainer.adam.set_steps(steps);
        let device = trainer.device.clone().without_autodiff();
        stored.restore(&mut trainer.adam, PREFIX, &trainer.network, &device)?;
        trainer.step = state.step;
        Ok(trainer)
    }

    /// The names of a checkpoint's files.
    pub const FILES: [&'static str; 3] = [WEIGHTS, OPTIMIZER, STATE];
}

/// Of logits and masks `[batch, 1, 64, 64]`; `[1]`.
fn loss(logits: Tensor<4>, masks: Tensor<4>) -> Tensor<1> {
    let (logits, masks) = (logits.flatten::<2>(1, 3), masks.flatten::<2>(1, 3));
    let found = activation::sigmoid(logits.clone());
    let both = (found.clone() * masks.clone()).sum_dim(1);
    let all = (found + masks.clone()).sum_dim(1);
    let dice = (both * 2.0 / (all + 1.0)).mean();
    let cross_entropy = (softplus(logits.clone()) - logits * masks).mean();
    cross_entropy - dice + 1.0
}
