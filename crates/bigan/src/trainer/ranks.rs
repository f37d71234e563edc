//! One training by several processes, the ranks: each computes its rows of every batch, and gradients are summed.
//!
//! All ranks draw the whole batch's chance and keep their rows of it, and batch norms take the statistics of all rows
//! (unless each is to take its own), so that networks become what one process would have made of them, but for rounding.

use burn::optim::GradientsParams;
use burn::tensor::Tensor;
use kernels::{AllReduce, Others};

use super::{TrainError, Trainer};
use crate::networks::Bigan;
use crate::parameters::{self, DISCRIMINATOR, ENCODER, GENERATOR, Vectors};

/// The processes of a training.
pub trait Ranks: AllReduce {
    /// Which of them this is, from 0 on.
    fn rank(&self) -> usize;

    /// The sums of `tensors` over all ranks, in their order; to the bit the same for each.
    fn sum_tensors(&self, tensors: Vec<Tensor<1>>) -> Vec<Tensor<1>>;

    /// Ends all ranks at once: one that has failed would leave the others waiting.
    fn abort(&self) -> !;
}

impl Trainer {
    /// The same training as one rank of several.
    ///
    /// # Errors
    /// A setting needs the whole batch in one process.
    pub fn with_ranks(mut self, ranks: &'static dyn Ranks) -> Result<Self, TrainError> {
        let config = &self.config;
        let refused = [
            (config.unroll.steps > 0, "unrolled"),
            (!config.networks.minibatch.is_off(), "minibatch-kernels"),
            (!config.virtual_batch_norm.is_off(), "virtual-batch-norm"),
            (config.losses.feature_matching != 0.0, "feature-matching"),
        ];
        if let Some((_, setting)) = refused.into_iter().find(|(on, _)| *on) {
            return Err(TrainError::NotShared { setting });
        }
        self.ranks = Some(ranks);
        Ok(self)
    }

    /// Who has the rest of the batch, for batch norms.
    pub(super) fn others(&self) -> Option<Others> {
        let ranks = self.ranks.filter(|_| !self.config.local_norm)?;
        Some(ranks)
    }

    /// Gives all ranks the mean of their running statistics, where each has recorded those of its own rows.
    pub(super) fn share_statistics(&mut self) {
        let Some(ranks) = self.ranks.filter(|_| self.config.local_norm) else {
            return;
        };
        let Bigan {
            generator,
            encoder,
            discriminator,
        } = &self.bigan;
        let mut all = parameters::statistics(GENERATOR, generator);
        all.extend(parameters::statistics(ENCODER, encoder));
        all.extend(parameters::statistics(DISCRIMINATOR, discriminator));
        let mean = mean(ranks, all);
        self.bigan = Bigan {
            generator: parameters::replaced(GENERATOR, generator.clone(), &mean),
            encoder: parameters::replaced(ENCODER, encoder.clone(), &mean),
            discriminator: parameters::replaced(DISCRIMINATOR, discriminator.clone(), &mean),
        };
    }

    /// The gradients of D over the whole batch.
    pub(super) fn discriminator_gradients(&self, own: GradientsParams) -> GradientsParams {
        let Some(ranks) = self.ranks else { return own };
        let module = &self.bigan.discriminator;
        let mean = mean(ranks, parameters::gradients(DISCRIMINATOR, module, &own));
        parameters::as_gradients(DISCRIMINATOR, module, &mean)
    }

    /// The gradients of G and of E over the whole batch, summed as one.
    pub(super) fn generator_encoder_gradients(
        &self,
        own: [GradientsParams; 2],
    ) -> [GradientsParams; 2] {
        let Some(ranks) = self.ranks else { return own };
        let Bigan {
            generator, encoder, ..
        } = &self.bigan;
        let mut both = parameters::gradients(GENERATOR, generator, &own[0]);
        both.extend(parameters::gradients(ENCODER, encoder, &own[1]));
        let mean = mean(ranks, both);
        [
            parameters::as_gradients(GENERATOR, generator, &mean),
            parameters::as_gradients(ENCODER, encoder, &mean),
        ]
    }
}

/// Losses are means over rows, of which all ranks have as many: so are gradients.
fn mean(ranks: &dyn Ranks, own: Vectors) -> Vectors {
    let (names, values): (Vec<_>, Vec<_>) = own.into_iter().unzip();
    let sums = ranks.sum_tensors(values).into_iter();
    let count = ranks.count() as f64;
    names.into_iter().zip(sums.map(|sum| sum / count)).collect()
}
