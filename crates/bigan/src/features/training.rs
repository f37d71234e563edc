//! Training a classifier: one step.

use burn::module::Module;
use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData, activation};

use super::classifier::{Classifier, ClassifierConfig};
use super::seeded;
use crate::adam::{Adam, AdamConfig};
use crate::networks::Statistics;

/// The probability that label smoothing spreads over all classes alike (Szegedy et al., 2016): labels are sometimes
/// wrong, and a network that need not be certain of them keeps in its features which classes are alike.
const SMOOTHING: f32 = 0.1;

/// Everything that decides how a classifier's training goes, apart from the pictures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassifierTrainerConfig {
    /// The network.
    pub network: ClassifierConfig,
    /// Classes to tell apart.
    pub classes: usize,
    /// Adam's step size at first; it falls to zero along half a cosine.
    pub learning_rate: f64,
    /// Steps to train for.
    pub steps: u64,
}

/// A classifier in training.
#[derive(Debug)]
pub struct ClassifierTrainer {
    config: ClassifierTrainerConfig,
    network: Classifier,
    adam: Adam,
    step: u64,
    device: Device,
}

impl ClassifierTrainer {
    /// A new training on `device`; first weights come from `seed`.
    pub fn new(config: ClassifierTrainerConfig, seed: u64, device: &Device) -> Self {
        let device = device.clone().autodiff();
        Self {
            network: seeded(config.network.init(config.classes, &device), seed),
            config,
            adam: Adam::new(AdamConfig {
                beta1: 0.9,
                learning_rate: config.learning_rate,
                ..AdamConfig::default()
            }),
            step: 0,
            device,
        }
    }

    /// One step on pictures `[batch, 3, 64, 64]` in `[-1, 1]` whose classes are `labels`. Returns the loss, `[1]`: the
    /// cross-entropy with smoothed labels.
    ///
    /// # Panics
    /// The number of labels is not `batch`.
    pub fn step(&mut self, pictures: Tensor<4>, labels: &[usize]) -> Tensor<1> {
        let logits = self
            .network
            .logits_with(pictures.autodiff(), Statistics::Record);
        let negative_log = activation::log_softmax(logits, 1).neg();
        let loss = (negative_log * self.targets(labels)).sum_dim(1).mean();
        let mut gradients = loss.backward();
        let gradients = GradientsParams::from_module(&mut gradients, &self.network);
        self.adam.begin_step(self.rate_factor());
        self.network = self
            .adam
            .update("classifier", self.network.clone(), gradients);
        self.step += 1;
        loss.without_autodiff()
    }

    fn rate_factor(&self) -> f64 {
        let done = self.step as f64 / self.config.steps.max(1) as f64;
        0.5 + 0.5 * (std::f64::consts::PI * done.min(1.0)).cos()
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
        let device = self.device.clone().without_autodiff();
        Tensor::from_data(
            TensorData::new(probabilities, [labels.len(), classes]),
            &device,
        )
    }

    /// The network as it is now, for inference: off the graph, and unaffected by later steps.
    pub fn network(&self) -> Classifier {
        self.network.valid()
    }

    /// Steps taken.
    pub fn steps(&self) -> u64 {
        self.step
    }
}
