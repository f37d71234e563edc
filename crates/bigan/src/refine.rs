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
//! **Two codes.** [`Wishes`] add terms for what a person wants besides likeness. Where those are for a part of the picture
//! alone, two codes make it, one the part and one the rest:
//!
//! ```text
//! m G(z) + (1 - m) G(z')          m is the part
//! ```
//!
//! A hundred numbers can hardly say that half a dress is green: what is asked of one half costs the other. L_AD asks both codes
//! to be the one that E gives for the whole, so they stay one garment's, and a picture's code from then on is what E makes of it,
//! as it is for pictures put together (Chai et al. 2021).

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
    /// `[batch, latent]`; where pictures are made of two codes, those of the rest follow those of the parts.
    codes: Tensor<2>,
    /// m, `[1, 1, 64, 64]`; none where one code makes all of a picture.
    part: Option<Tensor<4>>,
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
            bounds: bounds(&codes),
            part: None,
            adam: Adam::new(adam),
            networks: bigan.frozen(),
            features,
            weights,
            wishes: Wishes::default(),
            codes,
        })
    }

    /// The same with wishes: the pictures get the colours that are asked for. What is asked for in a part gets codes of its own,
    /// those given so far; the codes of the rest begin at what E makes of the pictures.
    #[must_use]
    pub fn wishing(mut self, wishes: Wishes) -> Self {
        let kept = wishes.kept(&self.target.pictures);
        if let Some(part) = wishes.part() {
            self.part = Some(part);
            let rest = self.encoded(self.target.pictures.clone());
            self.codes = Tensor::cat(vec![self.codes, rest], 0);
            self.bounds = bounds(&self.codes);
        }
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
        let [made, wished] = self.made_on_graph(codes.clone());
        let difference = made.clone() - on_graph(&target.pictures);
        let autoencoder = match target.kept.as_ref().map(on_graph) {
            Some(kept) => {
                let share = kept.clone().mean().clamp_min(LEAST_KEPT);
                weights.penalty(difference * kept) / share
            }
            None => weights.penalty(difference),
        };
        let wishes = self.wishes.losses(&made, &wished);
        let adversarial_latent = (weights.adversarial_latent != 0.0)
            .then(|| weights.penalty(codes.clone() - self.encoded_as(&codes, made.clone())));
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

    /// z as it is now, `[batch, latent]`; of `pictures` that are made of two codes what E makes of them.
    pub fn codes(&self, pictures: Tensor<4>) -> Tensor<2> {
        match self.part {
            Some(_) => self.encoded(pictures),
            None => self.codes.clone(),
        }
    }

    /// Whether two codes make each picture: one a part, one the rest.
    pub fn is_mixed(&self) -> bool {
        self.part.is_some()
    }

    /// G(z) as it is now, `[batch, 3, 64, 64]`.
    pub fn pictures(&self) -> Tensor<4> {
        self.made(self.codes.clone())
    }

    fn made(&self, codes: Tensor<2>) -> Tensor<4> {
        let made = self.networks.generator.forward(codes);
        match &self.part {
            Some(part) => laid(part, &halves(&made)),
            None => made,
        }
    }

    /// The same on the autodiff graph, and once more without a gradient for the codes of the rest: what stays is not to
    /// make up for what is only asked of the part.
    fn made_on_graph(&self, codes: Tensor<2>) -> [Tensor<4>; 2] {
        let made = self.networks.generator.forward(codes);
        let Some(part) = &self.part else {
            return [made.clone(), made];
        };
        let (part, [inside, rest]) = (on_graph(part), halves(&made));
        let alone = [inside.clone(), rest.clone().detach()];
        [[inside, rest], alone].map(|pictures| laid(&part, &pictures))
    }

    /// E of pictures, once for each of the codes that they are made of.
    fn encoded_as(&self, codes: &Tensor<2>, pictures: Tensor<4>) -> Tensor<2> {
        let encoded = self.encoded(pictures);
        let times = codes.dims()[0] / encoded.dims()[0];
        encoded.repeat_dim(0, times)
    }

    fn encoded(&self, pictures: Tensor<4>) -> Tensor<2> {
        self.networks.encoder.forward(pictures)
    }

    /// D's probability for `pictures`, `[batch, 3, 64, 64]`, and their codes, `[batch, 1]`.
    pub fn probabilities(&self, pictures: Tensor<4>, codes: Tensor<2>) -> Tensor<2> {
        let discriminator = &self.networks.discriminator;
        let logits = discriminator.forward(pictures, codes);
        activation::sigmoid(logits)
    }

    /// H's probability that pictures are of the kind that is asked for, `[batch]`; none where none is.
    pub fn kind(&self, pictures: Tensor<4>) -> Option<Tensor<1>> {
        let kind = self.wishes.kind.as_ref();
        kind.map(|kind| kind.probability(pictures))
    }

    /// What is minimised, of each code by itself: the least is the best of several codes for one picture.
    pub fn totals(&self) -> Tensor<1> {
        let batch = self.target.pictures.dims()[0];
        let rows = (0..batch).map(|index| {
            let of_one = (index..self.codes.dims()[0]).step_by(batch);
            let of_one = of_one.map(|row| self.codes.clone().narrow(0, row, 1));
            let codes = Tensor::cat(of_one.collect(), 0);
            let losses = self.losses(codes.autodiff(), &self.target.row(index));
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

/// Pictures of parts, and as many of the rests, that follow each other in a batch.
fn halves(made: &Tensor<4>) -> [Tensor<4>; 2] {
    let count = made.dims()[0] / 2;
    [0, count].map(|from| made.clone().narrow(0, from, count))
}

/// m G(z) + (1 - m) G(z')
fn laid(part: &Tensor<4>, [inside, rest]: &[Tensor<4>; 2]) -> Tensor<4> {
    rest.clone() + (inside.clone() - rest.clone()) * part.clone()
}

/// The smallest intervals that hold `[-1, 1]` and each number of `codes`: their ends.
fn bounds(codes: &Tensor<2>) -> [Tensor<2>; 2] {
    [codes.clone().clamp_max(-1.0), codes.clone().clamp_min(1.0)]
}

/// A constant beside tensors on the autodiff graph.
fn on_graph<const D: usize>(tensor: &Tensor<D>) -> Tensor<D> {
    tensor.clone().autodiff()
}

#[cfg(test)]
mod tests;
