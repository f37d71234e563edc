//! The pairs of a step, and D's output for them.

use burn::tensor::{Gradients, Tensor};

use super::noise::DiscriminatorNoise;
use super::techniques::reference::with_reference;
use super::{Pass, Trainer};
use crate::networks::{Discriminator, DiscriminatorOutput};
use crate::parameters::{Vectors, flat};

/// Names of E(x) and G(z) among the [`Vectors`] of their gradients.
const ENCODED: &str = "encoded";
const GENERATED: &str = "generated";

/// The pairs of a step: (x, E(x)) and (G(z), z).
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
}

impl Pairs {
    /// The pairs on the autodiff graph of G and E, which made them.
    pub(super) fn of(pass: &Pass) -> Self {
        Self {
            real: pass.real.clone(),
            encoded: pass.encoded.clone(),
            generated: pass.generated.clone(),
            z: pass.z.clone(),
        }
    }

    /// The pairs as D is trained on them: no gradient reaches G or E.
    pub(super) fn detached(pass: &Pass) -> Self {
        Self {
            real: pass.real.clone(),
            encoded: pass.encoded.clone().detach(),
            generated: pass.generated.clone().detach(),
            z: pass.z.clone(),
        }
    }

    /// The detached pairs with E(x) and G(z) as leaves, for which a backward pass computes gradients.
    pub(super) fn leaves(pass: &Pass) -> Self {
        let detached = Self::detached(pass);
        Self {
            encoded: detached.encoded.require_grad(),
            generated: detached.generated.require_grad(),
            ..detached
        }
    }

    /// What `gradients` holds for the leaves E(x) and G(z), flat and by name.
    pub(super) fn input_gradients(&self, gradients: &Gradients) -> Vectors {
        [
            (ENCODED, self.encoded.grad(gradients).map(flat)),
            (GENERATED, self.generated.grad(gradients).map(flat)),
        ]
        .into_iter()
        .filter_map(|(name, gradient)| Some((name.to_owned(), gradient?)))
        .collect()
    }

    /// A zero, `[1]`, whose gradients with respect to E(x) and G(z) are `gradients`: a backward pass through it carries
    /// them on to G and E.
    pub(super) fn zero_with_gradients(&self, gradients: &Vectors) -> Tensor<1> {
        let zero_with_gradient = |value: Tensor<1>, name: &str| {
            let gradient = gradients.get(name)?;
            let product = (value * gradient.clone()).sum();
            Some(product.clone() - product.detach())
        };
        let zero = Tensor::zeros([1], &self.z.device());
        [
            zero_with_gradient(flat(self.encoded.clone()), ENCODED),
            zero_with_gradient(flat(self.generated.clone()), GENERATED),
        ]
        .into_iter()
        .flatten()
        .fold(zero, |sum, zero| sum + zero)
    }
}

impl Trainer {
    /// What D minimises, `[1]`: the weighted terms of its phase. `noise` is that of D's passes over the real and the
    /// generated pairs. With `record` both batches' statistics enter D's running statistics.
    pub(super) fn discriminator_loss(
        &self,
        discriminator: &Discriminator,
        pairs: Pairs,
        noise: &[DiscriminatorNoise; 2],
        record: bool,
    ) -> Tensor<1> {
        let output = self.discriminate(discriminator, pairs, noise, record);
        self.discriminator_objective(discriminator, &output)
    }

    /// D's output for the real pairs and for the generated ones, augmented, in one pass each.
    pub(super) fn discriminate(
        &self,
        discriminator: &Discriminator,
        pairs: Pairs,
        noise: &[DiscriminatorNoise; 2],
        record: bool,
    ) -> [DiscriminatorOutput; 2] {
        let virtual_norm = self.config.virtual_batch_norm.discriminator;
        let reference = self.reference.as_ref().filter(|_| virtual_norm);
        let pass = |x: Tensor<4>, z: Tensor<2>, noise: &DiscriminatorNoise| {
            let x = match &noise.augmentation {
                Some(augmentation) => augmentation.apply(x),
                None => x,
            };
            let reference = reference.map(|batch| &batch.pictures);
            let (x, statistics) = with_reference(reference, x, record);
            discriminator.forward_features(x, z, statistics, Some(&noise.masks))
        };
        [
            pass(pairs.real, pairs.encoded, &noise[0]),
            pass(pairs.generated, pairs.z, &noise[1]),
        ]
    }
}
