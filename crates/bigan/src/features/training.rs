//! Training a classifier: one step, and its state as files.

use burn::tensor::{Device, Tensor, TensorData, activation};
use serde::{Deserialize, Serialize};

use super::classifier::{Classifier, ClassifierConfig};
use super::seeded;
use crate::learner::{CheckpointError, Learner, Names};
use crate::networks::Statistics;

/// The probability that label smoothing spreads over all classes alike (Szegedy et al., 2016): labels are sometimes
/// wrong, and a network that need not be certain of them keeps in its features which classes are alike.
const SMOOTHING: f32 = 0.1;
/// What the network is called.
const NAMES: Names = Names {
    prefix: "classifier",
    weights: "classifier.safetensors",
};

/// Everything that decides how a classifier's training goes, apart from the pictures.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassifierTrainerConfig {
    /// The network.
    pub network: ClassifierConfig,
    /// Classes to tell apart.
    pub classes: usize,
    /// Adam's step size at first; it falls to zero along half a cosine.
    pub learning_rate: f64,
    /// Steps to train for.
    pub steps: u64,
    /// Pictures a step.
    pub batch: usize,
    /// Where first weights, order, mirroring and shifts come from.
    pub seed: u64,
}

/// A classifier in training.
#[derive(Debug)]
pub struct ClassifierTrainer {
    config: ClassifierTrainerConfig,
    learner: Learner<Classifier>,
    /// Off the graph.
    device: Device,
}

impl ClassifierTrainer {
    /// A new training on `device`.
    pub fn new(config: ClassifierTrainerConfig, device: &Device) -> Self {
        let on_graph = device.clone().autodiff();
        let network = config.network.init(config.classes, &on_graph);
        let network = seeded(network, config.seed);
        Self {
            learner: Learner::new(NAMES, network, config.learning_rate, config.steps),
            config,
            device: on_graph.without_autodiff(),
        }
    }

    /// One step on pictures `[batch, 3, 64, 64]` in `[-1, 1]` whose classes are `labels`. Returns the loss, `[1]`: the
    /// cross-entropy with smoothed labels.
    ///
    /// # Panics
    /// The number of labels is not `batch`.
    pub fn step(&mut self, pictures: Tensor<4>, labels: &[usize]) -> Tensor<1> {
        let network = self.learner.training();
        let logits = network.logits_with(pictures.autodiff(), Statistics::Record);
        let negative_log = activation::log_softmax(logits, 1).neg();
        let loss = (negative_log * self.targets(labels)).sum_dim(1).mean();
        self.learner.descend(loss)
    }

    /// The smoothed one-hot labels, `[batch, classes]`: target probabilities, each row of sum 1.
    fn targets(&self, labels: &[usize]) -> Tensor<2> {
        let classes = self.config.classes;
        let mut probabilities = vec![SMOOTHING / classes as f32; labels.len() * classes];
        for (row, label) in probabilities.chunks_exact_mut(classes.max(1)).zip(labels) {
            if let Some(probability) = row.get_mut(*label) {
                *probability += 1.0 - SMOOTHING;
            }
        }
        Tensor::from_data(
            TensorData::new(probabilities, [labels.len(), classes]),
            &self.device,
        )
    }

    /// The network as it is now, for inference: off the graph, and unaffected by later steps.
    pub fn network(&self) -> Classifier {
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
        config: ClassifierTrainerConfig,
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
