//! How D looks at pairs, and what its judgement is worth to either side.

use burn::tensor::{Gradients, Tensor};

use super::techniques::reference::behind;
use super::{Pass, Trainer};
use crate::draws::Look;
use crate::networks::{Discriminator, Judgement};
use crate::parameters::{Vectors, flat};

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

/// D's output for a step's pairs, as the terms of G and E's phase take it.
pub(super) struct DiscriminatorOutput {
    /// For the real and the generated pairs.
    pub pairs: [Judgement; 2],
    /// Where `pairs` are constants: a zero, `[1]`, whose gradient is that of D's weighted terms.
    pub gradient: Option<Tensor<1>>,
}

impl Pairs {
    /// The pairs as G and E made them, with their history.
    pub(super) fn of(pass: &Pass) -> Self {
        Self {
            real: pass.real.clone(),
            encoded: pass.encoded.clone(),
            generated: pass.generated.clone(),
            z: pass.z.clone(),
        }
    }

    /// The pairs as D is trained on them: no gradient goes further back.
    pub(super) fn fixed(pass: &Pass) -> Self {
        Self {
            real: pass.real.clone(),
            encoded: pass.encoded.clone().detach(),
            generated: pass.generated.clone().detach(),
            z: pass.z.clone(),
        }
    }

    /// The same, with E(x) and G(z) as leaves that a gradient is computed for.
    pub(super) fn leaves(pass: &Pass) -> Self {
        let fixed = Self::fixed(pass);
        Self {
            encoded: fixed.encoded.require_grad(),
            generated: fixed.generated.require_grad(),
            ..fixed
        }
    }

    /// The gradients of the leaves, flat and by name.
    pub(super) fn gradients(&self, found: &Gradients) -> Vectors {
        [
            (ENCODED, self.encoded.grad(found).map(flat)),
            (GENERATED, self.generated.grad(found).map(flat)),
        ]
        .into_iter()
        .filter_map(|(name, gradient)| Some((name.to_owned(), gradient?)))
        .collect()
    }

    /// A zero, `[1]`, whose gradient with respect to E(x) and G(z) is `gradients`.
    pub(super) fn carry(&self, gradients: &Vectors) -> Tensor<1> {
        let along = |leaf: Tensor<1>, name: &str| {
            let gradient = gradients.get(name)?;
            let product = (leaf * gradient.clone()).sum();
            Some(product.clone() - product.detach())
        };
        let zero = Tensor::zeros([1], &self.z.device());
        [
            along(flat(self.encoded.clone()), ENCODED),
            along(flat(self.generated.clone()), GENERATED),
        ]
        .into_iter()
        .flatten()
        .fold(zero, |sum, product| sum + product)
    }
}

const ENCODED: &str = "encoded";
const GENERATED: &str = "generated";

impl Trainer {
    /// What D minimises, `[1]`. `looks` are at the real and the generated pairs. With `record` the statistics of both
    /// batches enter D's running ones.
    pub(super) fn discriminator_loss(
        &self,
        discriminator: &Discriminator,
        pairs: Pairs,
        looks: &[Look; 2],
        record: bool,
    ) -> Tensor<1> {
        let output = self.judge(discriminator, pairs, looks, record);
        self.discriminator_objective(discriminator, &output)
    }

    pub(super) fn judge(
        &self,
        discriminator: &Discriminator,
        pairs: Pairs,
        looks: &[Look; 2],
        record: bool,
    ) -> [Judgement; 2] {
        let virtual_norm = self.config.virtual_batch_norm.discriminator;
        let reference = self.reference.as_ref().filter(|_| virtual_norm);
        let look = |x: Tensor<4>, z: Tensor<2>, look: &Look| {
            let x = match &look.changes {
                Some(changes) => changes.apply(x),
                None => x,
            };
            let (x, statistics) = behind(reference.map(|known| &known.pictures), x, record);
            discriminator.judge(x, z, statistics, Some(&look.masks))
        };
        [
            look(pairs.real, pairs.encoded, &looks[0]),
            look(pairs.generated, pairs.z, &looks[1]),
        ]
    }
}
