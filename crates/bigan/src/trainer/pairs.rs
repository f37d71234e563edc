//! The pairs of a step, and D's output for them.

use burn::tensor::{Gradients, Tensor};

use super::noise::DiscriminatorNoise;
use super::objective::{Need, PairsOutput, Terms};
use super::techniques::reference::with_reference;
use super::{Pass, Trainer};
use crate::networks::{Discriminator, DiscriminatorOutput};
use crate::parameters::{Vectors, flat};

/// Names of E(x), G(z) and G(E(x)) among the [`Vectors`] of their gradients.
const ENCODED: &str = "encoded";
const GENERATED: &str = "generated";
const RECONSTRUCTION: &str = "reconstruction";

/// The pairs of a step: (x, E(x)), (G(z), z) and (G(E(x)), E(x)).
#[derive(Clone)]
pub(super) struct Pairs {
    /// x, `[batch, 3, 64, 64]`.
    pub real: Tensor<4>,
    /// E(x), `[batch, latent]`.
    pub encoded: Tensor<2>,
    /// G(z), `[batch, 3, 64, 64]`.
    pub generated: Tensor<4>,
    /// z, `[batch, latent]`.
    pub z: Tensor<2>,
    /// G(E(x)), `[batch, 3, 64, 64]`; none where no term needs it.
    pub reconstruction: Option<Tensor<4>>,
    /// Whether gradients reach what G and E made.
    pub tracked: bool,
}

impl Pairs {
    /// The pairs on the autodiff graph of G and E, which made them.
    pub(super) fn of(pass: &Pass) -> Self {
        Self {
            real: pass.real.clone(),
            encoded: pass.encoded.clone(),
            generated: pass.generated.clone(),
            z: pass.z.clone(),
            reconstruction: pass.reconstruction.clone(),
            tracked: true,
        }
    }

    /// The pairs as D is trained on them: no gradient reaches G or E.
    pub(super) fn detached(pass: &Pass) -> Self {
        Self {
            real: pass.real.clone(),
            encoded: pass.encoded.clone().detach(),
            generated: pass.generated.clone().detach(),
            z: pass.z.clone(),
            reconstruction: pass.reconstruction.clone().map(Tensor::detach),
            tracked: false,
        }
    }

    /// The detached pairs with E(x), G(z) and G(E(x)) as leaves, for which a backward pass computes gradients.
    pub(super) fn leaves(pass: &Pass) -> Self {
        let detached = Self::detached(pass);
        Self {
            encoded: detached.encoded.require_grad(),
            generated: detached.generated.require_grad(),
            reconstruction: detached.reconstruction.map(Tensor::require_grad),
            tracked: true,
            ..detached
        }
    }

    /// What `gradients` holds for the leaves, flat and by name.
    pub(super) fn input_gradients(&self, gradients: &Gradients) -> Vectors {
        let reconstruction = self.reconstruction.as_ref();
        let of_reconstruction = reconstruction.and_then(|leaf| leaf.grad(gradients));
        [
            (ENCODED, self.encoded.grad(gradients).map(flat)),
            (GENERATED, self.generated.grad(gradients).map(flat)),
            (RECONSTRUCTION, of_reconstruction.map(flat)),
        ]
        .into_iter()
        .filter_map(|(name, gradient)| Some((name.to_owned(), gradient?)))
        .collect()
    }

    /// A zero, `[1]`, whose gradients with respect to E(x), G(z) and G(E(x)) are `gradients`: a backward pass through it
    /// carries them on to G and E.
    pub(super) fn zero_with_gradients(&self, gradients: &Vectors) -> Tensor<1> {
        let zero_with_gradient = |value: Tensor<1>, name: &str| {
            let gradient = gradients.get(name)?;
            let product = (value * gradient.clone()).sum();
            Some(product.clone() - product.detach())
        };
        let zero = Tensor::zeros([1], &self.z.device());
        let reconstruction = self.reconstruction.clone().map(flat);
        [
            zero_with_gradient(flat(self.encoded.clone()), ENCODED),
            zero_with_gradient(flat(self.generated.clone()), GENERATED),
            reconstruction.and_then(|value| zero_with_gradient(value, RECONSTRUCTION)),
        ]
        .into_iter()
        .flatten()
        .fold(zero, |sum, zero| sum + zero)
    }
}

impl Trainer {
    /// What D minimises: the terms of its phase, and their weighted sum, `[1]`. `noise` is that of D's passes over the
    /// real and the generated pairs. With `record` all batches' statistics enter D's running statistics.
    pub(super) fn discriminator_loss(
        &self,
        discriminator: &Discriminator,
        mut pairs: Pairs,
        noise: &[DiscriminatorNoise; 2],
        record: bool,
    ) -> (Terms, Tensor<1>) {
        // G and E alone compare feature maps.
        if !self.config.losses.need(Need::ReconstructionPairs) {
            pairs.reconstruction = None;
        }
        let output = self.discriminate(discriminator, pairs, noise, record);
        self.discriminator_objective(discriminator, &output)
    }

    /// D's output for the pairs, augmented. All kinds of pairs go through D together, and each is normalized by its own
    /// statistics, so that batch norms see one kind at a time.
    ///
    /// Reconstructions, and x with noise, are augmented and dropped from as x is: what D tells apart is the pictures,
    /// and the feature maps of x are those of its one pass.
    pub(super) fn discriminate(
        &self,
        discriminator: &Discriminator,
        pairs: Pairs,
        noise: &[DiscriminatorNoise; 2],
        record: bool,
    ) -> PairsOutput {
        let losses = &self.config.losses;
        let encoded = match self.config.clamp_codes {
            true => within_prior(pairs.encoded),
            false => pairs.encoded,
        };
        let [of_real, of_generated] = noise;
        let perturbed = of_real.perturbation.clone().map(|noise| Kind {
            x: pairs.real.clone() + noise,
            z: encoded.clone(),
            noise: of_real,
        });
        let perturbed = perturbed.map(|kind| self.discriminate_kind(discriminator, kind, false));
        let shown = pairs
            .reconstruction
            .filter(|_| losses.need(Need::ReconstructionPairs) || losses.need(Need::FeatureMaps));
        let kinds = Kinds {
            real: Kind {
                x: pairs.real,
                z: encoded.clone(),
                noise: of_real,
            },
            generated: Kind {
                x: pairs.generated,
                z: pairs.z,
                noise: of_generated,
            },
            reconstruction: shown.map(|x| Kind {
                x,
                z: encoded.detach(),
                noise: of_real,
            }),
        };
        let outputs = match self.reference_pictures() {
            Some(_) => kinds.map(|kind| self.discriminate_kind(discriminator, kind, record)),
            None => self.discriminate_kinds(discriminator, kinds, pairs.tracked, record),
        };
        PairsOutput {
            real: outputs.real,
            generated: outputs.generated,
            reconstruction: outputs.reconstruction,
            perturbed,
            gradient: None,
        }
    }

    /// One kind of pairs alone, which virtual batch normalization may have to see with its reference batch.
    fn discriminate_kind(
        &self,
        discriminator: &Discriminator,
        kind: Kind<'_>,
        record: bool,
    ) -> DiscriminatorOutput {
        let masks = DiscriminatorNoise::masks([kind.noise], &kind.z.device());
        let reference = self.reference_pictures();
        let (x, statistics) = with_reference(reference, kind.augmented(), self.statistics(record));
        let layer = self.feature_layer();
        discriminator.forward_features(x, kind.z, statistics, Some(&masks), layer)
    }

    /// All kinds of pairs as batches that go through D one after the other, in as few operations as one of them takes.
    fn discriminate_kinds(
        &self,
        discriminator: &Discriminator,
        kinds: Kinds<Kind<'_>>,
        tracked: bool,
        record: bool,
    ) -> Kinds<DiscriminatorOutput> {
        let [count, _] = kinds.real.z.dims();
        let device = kinds.real.z.device();
        let masks = DiscriminatorNoise::masks(kinds.iter().map(|kind| kind.noise), &device);
        let codes: Vec<Tensor<2>> = kinds.iter().map(|kind| kind.z.clone()).collect();
        let batches = codes.len();
        let mut pictures: Vec<Tensor<4>> = kinds.iter().map(Kind::augmented).collect();
        let made = pictures.split_off(1);
        // Where gradients reach what G made, none is wanted for x: it goes by itself, and nothing comes back.
        let passes = match tracked {
            true => vec![pictures, made],
            false => vec![[pictures, made].concat()],
        };
        let (layer, statistics) = (self.feature_layer(), self.statistics(record));
        let (mut last, mut maps) = (Vec::new(), Vec::new());
        for pictures in passes {
            let batches = pictures.len();
            let path = discriminator.pictures(joined(pictures), statistics, batches, layer);
            last.push(path.last);
            maps.extend(path.map.into_iter().flat_map(|map| map.chunk(batches, 0)));
        }
        let joint = discriminator.joint(joined(last), joined(codes), batches, Some(&masks));
        let (mut maps, mut first) = (maps.into_iter(), 0);
        kinds.map(|_| {
            let output = DiscriminatorOutput {
                map: maps.next(),
                ..joint.narrow(first, count)
            };
            first += count;
            output
        })
    }

    /// The convolution of D whose activations a term compares.
    fn feature_layer(&self) -> Option<usize> {
        let losses = &self.config.losses;
        losses
            .need(Need::FeatureMaps)
            .then_some(losses.feature_layer)
    }

    /// The batch that D's virtual batch normalization refers to.
    fn reference_pictures(&self) -> Option<&Tensor<4>> {
        let wanted = self.config.virtual_batch_norm.discriminator;
        let reference = self.reference.as_ref().filter(|_| wanted)?;
        Some(&reference.pictures)
    }
}

/// A kind of pairs on its way through D, and the noise of that.
struct Kind<'a> {
    x: Tensor<4>,
    z: Tensor<2>,
    noise: &'a DiscriminatorNoise,
}

impl Kind<'_> {
    /// The pictures as D sees them.
    fn augmented(&self) -> Tensor<4> {
        let x = self.x.clone();
        match &self.noise.augmentation {
            Some(augmentation) => augmentation.apply(x),
            None => x,
        }
    }
}

/// Something for each kind of pairs.
struct Kinds<T> {
    real: T,
    generated: T,
    reconstruction: Option<T>,
}

impl<T> Kinds<T> {
    fn iter(&self) -> impl Iterator<Item = &T> {
        [&self.real, &self.generated]
            .into_iter()
            .chain(&self.reconstruction)
    }

    /// What `f` makes of each, in order.
    fn map<U>(self, mut f: impl FnMut(T) -> U) -> Kinds<U> {
        Kinds {
            real: f(self.real),
            generated: f(self.generated),
            reconstruction: self.reconstruction.map(f),
        }
    }
}

/// Batches one after the other.
fn joined<const D: usize>(mut batches: Vec<Tensor<D>>) -> Tensor<D> {
    match batches.len() {
        1 => batches.remove(0),
        _ => Tensor::cat(batches, 0),
    }
}

/// Codes clamped to the prior's range, [-1, 1], with the gradient of the codes themselves (straight through).
fn within_prior(codes: Tensor<2>) -> Tensor<2> {
    let moved = codes.clone().clamp(-1.0, 1.0) - codes.clone();
    codes + moved.detach()
}

#[cfg(test)]
mod tests;
