//! How much each term counts, and in which form.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::pseudo_huber;
use crate::setting::{SettingError, at_least_zero, ensure, positive};

/// How the difference of two tensors becomes the t of the pseudo-Huber form.
///
/// The paper leaves it open. Elements are the default: the penalty then keeps its robustness to single bad pixels, and
/// its size depends neither on how many pixels a picture has nor on how many numbers a code has, so that l1 and l2 can
/// be compared. With norms, which are far above gamma, a penalty is close to the norm itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reduction {
    /// Every element is a t; then the mean over all.
    #[default]
    Element,
    /// The L2 norm of each sample's difference is a t; then the mean over the batch.
    Norm,
}

impl std::str::FromStr for Reduction {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "element" => Ok(Self::Element),
            "norm" => Ok(Self::Norm),
            other => Err(format!("`{other}` is neither element nor norm")),
        }
    }
}

/// How much each penalty counts beside L_GAN, and the constants of the terms.
///
/// Terms that are not in every `config.json` are off where it does not name them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossWeights {
    /// l1, of L_AD (equation 6): the distance from z to E(G(z)).
    pub adversarial_latent: f64,
    /// Weight of L'_AD (equation 7): the distance from E(x) to E(G(E(x))). The paper describes it and trains without.
    #[serde(default)]
    pub encoded_latent: f64,
    /// l2, of L_AE (equation 4): the distance from x to G(E(x)).
    pub autoencoder: f64,
    /// l3, of L_H (equation 5): the distance from H(x) to H(G(E(x))). Needs [`crate::Trainer::with_features`].
    #[serde(default)]
    pub features: f64,
    /// g of the pseudo-Huber form; the paper's is 0.05.
    pub gamma: f64,
    /// What t is in the pseudo-Huber form of L_AD, L'_AD and L_AE; L_H always takes the norm of its unit vectors.
    #[serde(default)]
    pub reduction: Reduction,
    /// What D is told of real pairs (one-sided label smoothing); the paper's is 0.9.
    pub real_label: f64,
    /// Weight of feature matching: the distance between D's mean features of real and of generated pairs.
    #[serde(default)]
    pub feature_matching: f64,
    /// Weight of historical averaging: the distance of a player's parameters from their mean over the training so far.
    #[serde(default)]
    pub historical_averaging: f64,
}

impl Default for LossWeights {
    /// The paper's eighth experiment.
    fn default() -> Self {
        Self {
            adversarial_latent: 2.5,
            encoded_latent: 0.0,
            autoencoder: 1.0,
            features: 0.0,
            gamma: 0.05,
            reduction: Reduction::Element,
            real_label: 0.9,
            feature_matching: 0.0,
            historical_averaging: 0.0,
        }
    }
}

impl LossWeights {
    /// Whether a term needs G(E(x)).
    pub fn need_reconstruction(&self) -> bool {
        [self.encoded_latent, self.autoencoder, self.features]
            .iter()
            .any(|weight| *weight != 0.0)
    }

    /// The pseudo-Huber form of `difference` `[batch, ..]`, as L_AD, L'_AD and L_AE take it; shape `[1]`.
    pub fn penalty<const D: usize>(&self, difference: Tensor<D>) -> Tensor<1> {
        pseudo_huber(difference, self.gamma, self.reduction)
    }

    /// Checks every field.
    ///
    /// # Errors
    /// Names the first setting that training cannot work with.
    pub fn validate(&self) -> Result<(), SettingError> {
        for (setting, weight) in [
            ("l1", self.adversarial_latent),
            ("l1-encoded", self.encoded_latent),
            ("l2", self.autoencoder),
            ("l3", self.features),
            ("feature-matching", self.feature_matching),
            ("historical-averaging", self.historical_averaging),
        ] {
            at_least_zero(setting, weight)?;
        }
        positive("gamma", self.gamma)?;
        ensure(
            self.real_label > 0.5 && self.real_label <= 1.0,
            "real-label",
            self.real_label,
            "be above 0.5 and at most 1",
        )
    }
}
