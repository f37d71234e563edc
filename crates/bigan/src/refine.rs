//! Refinement: the code of one or several photographs improved by gradient descent, networks held fixed.
//!
//! E answers at once, but only approximately: the code that G comes closest to a photograph with is another one nearby.
//! From z = E(x) on, Adam minimises over z alone
//!
//! ```text
//! l2 L_AE + l1 L_AD + l3 L_H = l2 |x - G(z)| + l1 |z - E(G(z))| + l3 |H(x) - H(G(z))|
//! ```
//!
//! the penalties of equation 8 for a code that is free to move. L_AD asks that E would have given this code for the
//! picture it makes, so it stays a code that D, sliders and walks know what to do with.
//!
//! **Bounds.** Codes are drawn from `[-1, 1]` in training, and G is not trained outside of what it has seen: every
//! number stays within the smallest interval that holds `[-1, 1]` and E's own number, by projection after every step.
//! A clamp to `[-1, 1]` alone would change the picture before the first step, because E is not bound to it, and a
//! penalty would need a weight of its own and be traded for likeness.
//!
//! [`Wishes`] add terms for what a person wants besides likeness.

mod wishes;

use burn::tensor::{Tensor, activation};

use crate::adam::{Adam, AdamConfig};
use crate::features::{Features, FrozenFeatures};
use crate::losses::{Reduction, pseudo_huber};
use crate::networks::{Bigan, FrozenBigan};
use crate::trainer::LossWeights;
use crate::trainer::TrainError;
pub use wishes::{Colour, Kind, Shape, WishLosses, WishWeights, Wishes};

/// Adam's learning rate. Codes reach from -1 to 1: fifty steps cross half of that.
const RATE: f64 = 0.02;
/// The name of the code in the optimizer.
const CODE: &str = "code";
/// The least share of a picture that L_AE is divided by: where nothing stays, it is zero.
const LEAST_KEPT: f64 = 1e-3;

/// Codes on their way to a better likeness.
#[derive(Debug)]
pub struct Refinement {
    networks: FrozenBigan,
    features: Option<FrozenFeatures>,
    weights: LossWeights,
    target: Target,
    wishes: Wishes,
    codes: Tensor<2>,
    /// The least and the largest that each number may become.
    bounds: [Tensor<2>; 2],
    adam: Adam,
}

/// What pictures are compared with.
#[derive(Debug, Clone)]
struct Target {
    /// `[batch, 3, 64, 64]`
    pictures: Tensor<4>,
    /// H(x), where L_H has a weight.
    features: Option<Tensor<2>>,
    /// Where L_AE counts, `[batch, 1, 64, 64]`; everywhere if none.
    kept: Option<Tensor<4>>,
}

impl Target {
    fn new(pictures: Tensor<4>, h: Option<&FrozenFeatures>, kept: Option<Tensor<4>>) -> Self {
        let [batch, _, height, width] = pictures.dims();
        Self {
            features: h.map(|h| h.forward(pictures.clone())),
            kept: kept.map(|kept| kept.expand([batch, 1, height, width])),
            pictures,
        }
    }

    /// That of one picture of the batch.
    fn row(&self, index: usize) -> Self {
        let features = self.features.clone();
        let kept = self.kept.clone();
        Self {
            pictures: self.pictures.clone().narrow(0, index, 1),
            features: features.map(|rows| rows.narrow(0, index, 1)),
            kept: kept.map(|rows| rows.narrow(0, index, 1)),
        }
    }
}

/// The losses of a step before it moved the codes, still on the device; each `[1]`, a mean over the batch.
#[derive(Debug, Clone)]
pub struct RefinementLosses {
    /// L_AE, before its weight.
    pub autoencoder: Tensor<1>,
    /// L_AD, before its weight; none where it has none.
    pub adversarial_latent: Option<Tensor<1>>,
    /// L_H, before its weight; none where it has none.
    pub features: Option<Tensor<1>>,
    /// What was asked for besides likeness, before its weights.
    pub wishes: WishLosses,
    /// What is minimised: the weighted sum.
    pub total: Tensor<1>,
}

impl Refinement {
    /// The default weights: 1 of L_AE, 0.03 of L_AD, and with an H 1 of L_H. More of L_AD costs likeness, and without it
    /// codes leave what E gives.
    pub fn default_weights(features: Option<&Features>) -> LossWeights {
        LossWeights {
            autoencoder: 1.0,
            adversarial_latent: 0.03,
            features: if features.is_some() { 1.0 } else { 0.0 },
            ..LossWeights::default()
        }
    }

    /// Begins at `codes`, `[batch, latent]`, of `pictures`, `[batch, 3, 64, 64]` in `[-1, 1]`. All are off the autodiff
    /// graph, as networks for inference are. Of `weights` only L_AE's, L_AD's and L_H's count.
    ///
    /// # Errors
    /// L_H has a weight, and there is no H.
    pub fn new(
        bigan: Bigan,
        features: Option<Features>,
        weights: LossWeights,
        pictures: Tensor<4>,
        codes: Tensor<2>,
    ) -> Result<Self, TrainError> {
        if weights.features != 0.0 && features.is_none() {
            return Err(TrainError::FeaturesMissing);
        }
        let features = features.filter(|_| weights.features != 0.0);
        let features = features.map(FrozenFeatures::new);
        let adam = AdamConfig {
            learning_rate: RATE,
            // The mean of more gradients than in training: nothing is random here, so none of it is noise.
            beta1: 0.9,
            ..AdamConfig::default()
        };
        Ok(Self {
            target: Target::new(pictures, features.as_ref(), None),
            bounds: [codes.clone().clamp_max(-1.0), codes.clone().clamp_min(1.0)],
            adam: Adam::new(adam),
            networks: bigan.frozen(),
            features,
            weights,
            wishes: Wishes::default(),
            codes,
        })
    }

    /// The same with wishes: the pictures get the colours that are asked for.
    #[must_use]
    pub fn wishing(mut self, wishes: Wishes) -> Self {
        let kept = wishes.kept(&self.target.pictures);
        let pictures = wishes.target(self.target.pictures);
        self.target = Target::new(pictures, self.features.as_ref(), kept);
        self.wishes = wishes;
        self
    }

    /// One step of Adam on the codes. Returns the losses before it.
    pub fn step(&mut self) -> RefinementLosses {
        let codes = self.codes.clone().autodiff().require_grad();
        let losses = self.losses(codes.clone(), &self.target);
        let gradients = losses.total.backward();
        if let Some(gradient) = codes.grad(&gradients) {
            self.descend(gradient);
        }
        RefinementLosses {
            autoencoder: losses.autoencoder.without_autodiff(),
            adversarial_latent: losses.adversarial_latent.map(Tensor::without_autodiff),
            features: losses.features.map(Tensor::without_autodiff),
            wishes: losses.wishes.without_autodiff(),
            total: losses.total.without_autodiff(),
        }
    }

    fn descend(&mut self, gradient: Tensor<2>) {
        self.adam.begin_step(1.0);
        let shape = self.codes.dims();
        let flat = gradient.reshape([shape[0] * shape[1]]);
        let change = self.adam.change(CODE.to_owned(), flat).reshape(shape);
        let [least, largest] = self.bounds.clone();
        let moved = self.codes.clone() - change;
        self.codes = moved.max_pair(least).min_pair(largest);
    }

    /// The terms at `codes`, on the graph that they are on. What has no weight is not computed.
    fn losses(&self, codes: Tensor<2>, target: &Target) -> RefinementLosses {
        let weights = &self.weights;
        let made = self.made(codes.clone());
        let difference = made.clone() - on_graph(&target.pictures);
        let autoencoder = match target.kept.as_ref().map(on_graph) {
            Some(kept) => {
                let share = kept.clone().mean().clamp_min(LEAST_KEPT);
                weights.penalty(difference * kept) / share
            }
            None => weights.penalty(difference),
        };
        let wishes = self.wishes.losses(&made);
        let adversarial_latent = (weights.adversarial_latent != 0.0)
            .then(|| weights.penalty(codes - self.encoded(made.clone())));
        let features = self.features.as_ref().zip(target.features.as_ref());
        let features = features.map(|(h, features)| {
            let difference = h.forward(made) - on_graph(features);
            pseudo_huber(difference, weights.gamma, Reduction::Norm)
        });
        let besides = [
            (&adversarial_latent, weights.adversarial_latent),
            (&features, weights.features),
        ];
        let besides = besides
            .into_iter()
            .chain(wishes.weighed(&self.wishes.weights));
        RefinementLosses {
            total: besides
                .filter_map(|(term, weight)| Some(term.clone()? * weight))
                .fold(autoencoder.clone() * weights.autoencoder, |sum, term| {
                    sum + term
                }),
            wishes,
            autoencoder,
            adversarial_latent,
            features,
        }
    }

    /// z as it is now, `[batch, latent]`.
    pub fn codes(&self) -> Tensor<2> {
        self.codes.clone()
    }

    /// G(z) as it is now, `[batch, 3, 64, 64]`.
    pub fn pictures(&self) -> Tensor<4> {
        self.made(self.codes())
    }

    fn made(&self, codes: Tensor<2>) -> Tensor<4> {
        self.networks.generator.forward(codes)
    }

    fn encoded(&self, pictures: Tensor<4>) -> Tensor<2> {
        self.networks.encoder.forward(pictures)
    }

    /// D's probability for (G(z), z), `[batch, 1]`.
    pub fn probabilities(&self, pictures: Tensor<4>) -> Tensor<2> {
        let discriminator = &self.networks.discriminator;
        let logits = discriminator.forward(pictures, self.codes());
        activation::sigmoid(logits)
    }

    /// H's probability that pictures are of the kind that is asked for, `[batch]`; none where none is.
    pub fn kind(&self, pictures: Tensor<4>) -> Option<Tensor<1>> {
        let kind = self.wishes.kind.as_ref();
        kind.map(|kind| kind.probability(pictures))
    }

    /// What is minimised, of each code by itself: the least is the best of several codes for one picture.
    pub fn totals(&self) -> Tensor<1> {
        let rows = (0..self.codes.dims()[0]).map(|index| {
            let code = self.codes.clone().narrow(0, index, 1);
            let losses = self.losses(code.autodiff(), &self.target.row(index));
            losses.total.without_autodiff()
        });
        Tensor::cat(rows.collect(), 0)
    }

    /// Steps taken.
    pub fn steps(&self) -> u32 {
        self.adam.steps()
    }
}

/// Where several candidates for one picture begin: at `code`, and halfway from there to each of `others`, which lie one
/// after the other as codes do.
pub fn starts(code: &[f32], others: &[f32]) -> Vec<f32> {
    let halfway = |other: &[f32]| {
        let pairs = code.iter().zip(other);
        pairs.map(|(a, b)| 0.5 * (a + b)).collect::<Vec<f32>>()
    };
    let others = others.chunks_exact(code.len()).flat_map(halfway);
    code.iter().copied().chain(others).collect()
}

/// A constant beside tensors on the autodiff graph.
fn on_graph<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    tensor.clone().autodiff()
}

#[cfg(test)]
mod tests;
