//! Training a [`Cutout`]: one step, and its state as files.

use burn::tensor::{Device, Tensor, activation};

use inference::cutout::CutoutTrainerConfig;

use super::network::Cutout;
use crate::features::seeded;
use crate::learner::{CheckpointError, Learner, Names};
use crate::networks::Statistics;
use kernels::softplus;

/// What the network is called.
const NAMES: Names = Names {
    prefix: "cutout",
    weights: "cutout.safetensors",
};

/// A [`Cutout`] in training.
#[derive(Debug)]
pub struct CutoutTrainer {
    config: CutoutTrainerConfig,
    learner: Learner<Cutout>,
    /// Off the graph.
    device: Device,
}

impl CutoutTrainer {
    /// A new training on `device`.
    pub fn new(config: CutoutTrainerConfig, device: &Device) -> Self {
        let on_graph = device.clone().autodiff();
        let network = seeded(Cutout::new(&config.network, &on_graph), config.seed);
        Self {
            learner: Learner::new(NAMES, network, config.learning_rate, config.steps),
            config,
            device: on_graph.without_autodiff(),
        }
    }

    /// One step on pictures `[batch, 3, 64, 64]` in `[-1, 1]` and masks `[batch, 1, 64, 64]` from 0 to 1. Returns the
    /// loss, `[1]`: the mean cross-entropy, and 1 minus Dice's coefficient (Milletari et al., 2016), which counts a
    /// small garment as much as a large one.
    pub fn step(&mut self, pictures: Tensor<4>, masks: Tensor<4>) -> Tensor<1> {
        let network = self.learner.training();
        let logits = network.logits_with(pictures.autodiff(), Statistics::Record);
        self.learner.descend(loss(logits, masks.autodiff()))
    }

    /// The network as it is now, for inference: off the graph, and unaffected by later steps.
    pub fn network(&self) -> Cutout {
        self.learner.network()
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.learner.steps()
    }

    /// The whole state of a training on `photographs`, which tells them from any others: names and contents of files.
    ///
    /// # Errors
    /// When the device fails, or a weight is not a number.
    pub async fn checkpoint(
        &self,
        photographs: &str,
    ) -> Result<Vec<(&'static str, Vec<u8>)>, CheckpointError> {
        self.learner.checkpoint(self.config, photographs).await
    }

    /// The training with the settings `config` on `photographs` that `files` hold, going on exactly where it stopped.
    ///
    /// # Errors
    /// Says which file is missing or wrong, or that settings or photographs differ.
    pub fn resume(
        config: CutoutTrainerConfig,
        photographs: &str,
        files: &[(&str, &[u8])],
        device: &Device,
    ) -> Result<Self, CheckpointError> {
        let mut trainer = Self::new(config, device);
        let device = trainer.device.clone();
        trainer
            .learner
            .restore(&config, photographs, files, &device)?;
        Ok(trainer)
    }

    /// The names of a checkpoint's files.
    pub const FILES: [&'static str; 3] = NAMES.files();
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
