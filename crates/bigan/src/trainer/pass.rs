//! The forward pass of G and E that both phases of a step share.

use burn::tensor::Tensor;

use super::techniques::reference::with_reference;
use super::{Need, Trainer};
use crate::networks::Statistics;

/// What G and E make of a batch, on the autodiff graph. A step has one.
#[derive(Debug, Clone)]
pub struct Pass {
    /// Real pictures, `[batch, 3, 64, 64]`.
    pub real: Tensor<4>,
    /// z, `[batch, latent]`.
    pub z: Tensor<2>,
    /// E(x), `[batch, latent]`.
    pub encoded: Tensor<2>,
    /// G(z), `[batch, 3, 64, 64]`.
    pub generated: Tensor<4>,
    /// G(E(x)), `[batch, 3, 64, 64]`; none where no term needs it.
    pub reconstruction: Option<Tensor<4>>,
}

impl Trainer {
    /// E(x), G(z) and G(E(x)) of `real` `[batch, 3, 64, 64]` and `z` `[batch, latent]`; their batch statistics enter the
    /// running ones. `noise` is a stochastic encoder's, `[batch, latent]`.
    pub fn forward(&self, real: Tensor<4>, z: Tensor<2>, noise: Option<Tensor<2>>) -> Pass {
        let (real, z) = (real.autodiff(), z.autodiff());
        let noise = noise.map(Tensor::autodiff);
        let encoder = &self.bigan.encoder;
        let encoded = encoder
            .forward_with(real.clone(), self.statistics(true))
            .sample(noise);
        let [count, _] = z.dims();
        let (generated, reconstruction) = if self.config.losses.need(Need::Reconstruction) {
            let both = self.generate(Tensor::cat(vec![z.clone(), encoded.clone()], 0));
            let reconstruction = both.clone().narrow(0, count, count);
            (both.narrow(0, 0, count), Some(reconstruction))
        } else {
            (self.generate(z.clone()), None)
        };
        Pass {
            real,
            z,
            encoded,
            generated,
            reconstruction,
        }
    }

    fn generate(&self, codes: Tensor<2>) -> Tensor<4> {
        let [count, _] = codes.dims();
        let virtual_norm = self.config.virtual_batch_norm.generator;
        let reference = self.reference.as_ref().filter(|_| virtual_norm);
        let (codes, statistics) = with_reference(
            reference.map(|batch| &batch.codes),
            codes,
            self.statistics(true),
        );
        let all = self.bigan.generator.forward_with(codes, statistics);
        let rows = all.dims()[0] - count;
        if rows == 0 {
            all
        } else {
            all.narrow(0, rows, count)
        }
    }

    /// The code of a picture that G made, `[batch, latent]`, by the batch's statistics, which do not enter E's running
    /// ones: those are for real pictures.
    pub(super) fn encode_again(&self, pictures: &Tensor<4>) -> Tensor<2> {
        let encoder = &self.bigan.encoder;
        encoder
            .forward_with(pictures.clone(), self.statistics(false))
            .mean
    }

    /// The statistics of a network in training, or, without `record`, of one that gradients pass through.
    pub(super) fn statistics(&self, record: bool) -> Statistics {
        match self.others() {
            Some(others) => Statistics::Shared { others, record },
            None if record => Statistics::Record,
            None => Statistics::Batch,
        }
    }
}
