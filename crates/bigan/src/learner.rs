//! One network in training by Adam on labelled pictures, and its state as files: what the networks that help share.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::adam::{Adam, AdamConfig};
use crate::trainer::optimizers;
use crate::weights::{self, ModelError, Precision};

/// The file of the mean gradients and mean squared gradients.
const OPTIMIZER: &str = "optimizer.safetensors";
/// The file of the step, the settings and which photographs it was.
const STATE: &str = "training.json";

/// Why a training cannot go on from a checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// A tensor is wrong.
    #[error(transparent)]
    Weights(#[from] ModelError),
    /// The state is wrong.
    #[error("training.json is not the state of such a training: {0}")]
    State(String),
    /// The training that stopped had other settings.
    #[error("the training that stopped had other settings: {0}")]
    Settings(String),
    /// The training that stopped saw other photographs.
    #[error("the training that stopped was on other photographs")]
    Photographs,
    /// A file is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
}

impl From<serde_json::Error> for CheckpointError {
    fn from(error: serde_json::Error) -> Self {
        Self::State(error.to_string())
    }
}

/// What is written beside weights and optimizer.
#[derive(Serialize, Deserialize)]
struct State<C> {
    config: C,
    /// Tells those trained on from any others.
    photographs: String,
    step: u64,
}

/// What a network is called.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names {
    /// Among the optimizer's parameters.
    pub prefix: &'static str,
    /// The file of its weights.
    pub weights: &'static str,
}

impl Names {
    /// The names of a checkpoint's files.
    pub const fn files(self) -> [&'static str; 3] {
        [self.weights, OPTIMIZER, STATE]
    }
}

/// A network in training.
#[derive(Debug)]
pub(crate) struct Learner<M> {
    names: Names,
    network: M,
    adam: Adam,
    step: u64,
    /// The step after which there is none.
    last: u64,
}

impl<M: Module> Learner<M> {
    /// `network`, which is on an autodiff device, about to train for `steps`.
    pub fn new(names: Names, network: M, learning_rate: f64, steps: u64) -> Self {
        let adam = Adam::new(AdamConfig {
            beta1: 0.9,
            learning_rate,
            ..AdamConfig::default()
        });
        Self {
            names,
            network,
            adam,
            step: 0,
            last: steps,
        }
    }

    /// The network on the graph.
    pub fn training(&self) -> &M {
        &self.network
    }

    /// Takes a step down `loss`, `[1]`, and returns it off the graph.
    pub fn descend(&mut self, loss: Tensor<1>) -> Tensor<1> {
        let mut gradients = loss.backward();
        let gradients = GradientsParams::from_module(&mut gradients, &self.network);
        self.adam.begin_step(self.rate_factor());
        let network = self.network.clone();
        self.network = self.adam.update(self.names.prefix, network, gradients);
        self.step += 1;
        loss.without_autodiff()
    }

    /// The step size falls to zero along half a cosine.
    fn rate_factor(&self) -> f64 {
        let done = self.step as f64 / self.last.max(1) as f64;
        0.5 + 0.5 * (std::f64::consts::PI * done.min(1.0)).cos()
    }

    /// The network as it is now, for inference: off the graph, and unaffected by later steps.
    pub fn network(&self) -> M {
        self.network.valid()
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// The whole state of a training with these settings on these photographs: names and contents of files.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn checkpoint<C: Serialize>(
        &self,
        config: C,
        photographs: &str,
    ) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
        let state = State {
            config,
            photographs: photographs.to_owned(),
            step: self.step,
        };
        let [weights, optimizer, state_file] = self.names.files();
        let encoded = weights::encode(weights, &self.network(), Precision::F32).await?;
        let moments = optimizers::encode(optimizer, &[&self.adam]).await?;
        Ok(vec![
            (weights, encoded),
            (optimizer, moments),
            (state_file, serde_json::to_vec_pretty(&state)?),
        ])
    }

    /// A new training as `files` hold it, which was one with these settings on these photographs: it goes on exactly where
    /// that stopped.
    ///
    /// # Errors
    /// Says which file is missing or wrong, or that settings or photographs differ.
    pub fn restore<C: DeserializeOwned + Serialize + PartialEq>(
        &mut self,
        config: &C,
        photographs: &str,
        files: &[(&str, &[u8])],
        device: &Device,
    ) -> Result<(), CheckpointError> {
        let file = |name: &'static str| {
            let found = files.iter().find(|(found, _)| *found == name);
            found
                .map(|(_, bytes)| *bytes)
                .ok_or(CheckpointError::Missing(name))
        };
        let state: State<C> = serde_json::from_slice(file(STATE)?)?;
        if state.config != *config {
            let then = serde_json::to_string(&state.config)?;
            return Err(CheckpointError::Settings(then));
        }
        if state.photographs != photographs {
            return Err(CheckpointError::Photographs);
        }
        let Names { prefix, weights } = self.names;
        let network = self.network.clone();
        self.network = weights::decode(network, weights, file(weights)?, Precision::F32)?;
        let stored = optimizers::Stored::parse(OPTIMIZER, file(OPTIMIZER)?)?;
        self.adam
            .set_steps(u32::try_from(state.step).unwrap_or(u32::MAX));
        stored.restore(&mut self.adam, prefix, &self.network, device)?;
        self.step = state.step;
        Ok(())
    }
}
