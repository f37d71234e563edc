//! The pairs of a step, and D's output for them.

use burn::tensor::{Gradients, Tensor};

use super::noise::DiscriminatorNoise;
use super::objective::{Need, PairsOutput, Terms};
use super::techniques::reference::with_reference;
use super::{Pass, Trainer};
use crate::networks::Discriminator;
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
        }
    }

    /// The detached pairs with E(x), G(z) and G(E(x)) as leaves, for which a backward pass computes gradients.
    pub(super) fn leaves(pass: &Pass) -> Self {
        let detached = Self::detached(pass);
        Self {
            encoded: detached.encoded.require_grad(),
            generated: detached.generated.require_grad(),
            reconstruction: detached.reconstruction.map(Tensor::require_grad),
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

    /// D's output for the pairs, augmented, in one pass for each kind, so that batch norms see one kind at a time.
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
        let virtual_norm = self.config.virtual_batch_norm.discriminator;
        let reference = self.reference.as_ref().filter(|_| virtual_norm);
        let layer = losses
            .need(Need::FeatureMaps)
            .then_some(losses.feature_layer);
        let pass = |x: Tensor<4>, z: Tensor<2>, noise: &DiscriminatorNoise, record: bool| {
            let x = match &noise.augmentation {
                Some(augmentation) => augmentation.apply(x),
                None => x,
            };
            let reference = reference.map(|batch| &batch.pictures);
            let (x, statistics) = with_reference(reference, x, self.statistics(record));
            discriminator.forward_features(x, z, statistics, Some(&noise.masks), layer)
        };
        let encoded = match self.config.clamp_codes {
            true => within_prior(pairs.encoded),
            false => pairs.encoded,
        };
        let [of_real, of_generated] = noise;
        let perturbed = of_real.perturbation.clone();
        let perturbed = perturbed.map(|noise| {
            let x = pairs.real.clone() + noise;
            pass(x, encoded.clone(), of_real, false)
        });
        let real = pass(pairs.real, encoded.clone(), of_real, record);
        let generated = pass(pairs.generated, pairs.z, of_generated, record);
        let shown = pairs
            .reconstruction
            .filter(|_| losses.need(Need::ReconstructionPairs) || losses.need(Need::FeatureMaps));
        let reconstruction = shown.map(|x| pass(x, encoded.detach(), of_real, record));
        PairsOutput {
            real,
            generated,
            reconstruction,
            perturbed,
            gradient: None,
        }
    }
}

/// Codes clamped to the prior's range, [-1, 1], with the gradient of the codes themselves (straight through).
fn within_prior(codes: Tensor<2>) -> Tensor<2> {
    let moved = codes.clone().clamp(-1.0, 1.0) - codes.clone();
    codes + moved.detach()
}

#[cfg(test)]
mod tests;
