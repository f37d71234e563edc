//! What D, and what G and E minimise: weighted sums over the list of loss terms.

mod list;
mod read;
mod values;

use burn::tensor::{Device, Tensor};

pub use list::{LossWeights, Reported, TERMS};

use super::{Pass, Trainer};
use crate::networks::{Discriminator, DiscriminatorOutput};

/// The losses of one step, still on the device: nobody pays for a read-back that nobody asked for. Each `[1]`.
pub type StepLosses = Reported<Tensor<1>>;

/// The losses of one step as numbers. A term whose weight is zero, or which is not due, is not computed, and is zero.
pub type Losses = Reported<f32>;

/// A loss term: an entry of the list.
#[derive(Debug, Clone, Copy)]
pub struct Term {
    /// Its key in `config.json`, `stats.jsonl` and TensorBoard.
    pub key: &'static str,
    /// What the paper calls it, or its name.
    pub symbol: &'static str,
    /// The paper's equation, or another source.
    pub source: &'static str,
    /// The name of its weight among the program's flags.
    pub flag: &'static str,
    /// The weight in the paper's eighth experiment.
    pub default_weight: f64,
    /// One sentence for a person.
    pub about: &'static str,
    /// What a training must have for it.
    pub needs: &'static [Need],
    weight: fn(&LossWeights) -> f64,
    discriminator: Option<OfDiscriminator>,
    generator_encoder: Option<OfGeneratorEncoder>,
}

/// What a term is computed from, beyond G(z) and E(x).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// D's output for the step's pairs.
    Discriminator,
    /// G(E(x)).
    Reconstruction,
    /// D's output for the pairs (G(E(x)), E(x)).
    ReconstructionPairs,
    /// D's feature maps of x and of G(E(x)), for G and E.
    FeatureMaps,
    /// The network H.
    Features,
}

/// The phases of a step that a term counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// D moves.
    Discriminator,
    /// G and E move.
    GeneratorEncoder,
    /// Both: each player minimises the term of its own.
    Both,
}

/// D's output for a step's pairs, as the terms take it.
pub(super) struct PairsOutput {
    /// For (x, E(x)).
    pub real: DiscriminatorOutput,
    /// For (G(z), z).
    pub generated: DiscriminatorOutput,
    /// For (G(E(x)), E(x)), where a term of the phase needs it.
    pub reconstruction: Option<DiscriminatorOutput>,
    /// For (x + noise, E(x)), in the steps of D that have the noise.
    pub perturbed: Option<DiscriminatorOutput>,
    /// Where all of it is constant: a zero, `[1]`, whose gradient is that of the weighted terms that need D.
    pub gradient: Option<Tensor<1>>,
}

impl PairsOutput {
    /// The same as constants, with the `gradient` that their terms have nevertheless.
    pub(super) fn constant(self, gradient: Tensor<1>) -> Self {
        Self {
            real: self.real.detach(),
            generated: self.generated.detach(),
            reconstruction: self.reconstruction.map(DiscriminatorOutput::detach),
            perturbed: None,
            gradient: Some(gradient),
        }
    }
}

/// A term in D's phase, `[1]`, on the autodiff graph. `None` where the step has nothing to compute it from.
type OfDiscriminator = fn(&Trainer, &Discriminator, &PairsOutput) -> Option<Tensor<1>>;
/// A term in G and E's phase, likewise.
type OfGeneratorEncoder = fn(&Trainer, &Pass, Option<&PairsOutput>) -> Option<Tensor<1>>;

impl Term {
    /// Its weight among `weights`.
    pub fn weight_in(&self, weights: &LossWeights) -> f64 {
        (self.weight)(weights)
    }

    /// Whether `weights` has it computed.
    pub fn counts_in(&self, weights: &LossWeights) -> bool {
        self.weight_in(weights) != 0.0
    }

    /// When it counts.
    pub fn phase(&self) -> Phase {
        match (self.discriminator, self.generator_encoder) {
            (Some(_), Some(_)) => Phase::Both,
            (Some(_), None) => Phase::Discriminator,
            (None, _) => Phase::GeneratorEncoder,
        }
    }
}

/// The terms' values in one phase, in the order of [`TERMS`], each `[1]`; none where a term does not count.
pub(super) type Terms = [Option<Tensor<1>>; TERMS.len()];

/// A weighted sum of terms, each `[1]`.
#[derive(Default)]
pub(super) struct Sum(Option<Tensor<1>>);

impl Sum {
    /// Adds `weight` times `term`.
    pub(super) fn add(&mut self, weight: f64, term: Tensor<1>) {
        let weighted = if weight == 1.0 { term } else { term * weight };
        self.0 = Some(match self.0.take() {
            Some(sum) => sum + weighted,
            None => weighted,
        });
    }

    /// The sum, on the autodiff graph; a zero where nothing was added.
    pub(super) fn total(self, device: &Device) -> Tensor<1> {
        self.0.unwrap_or_else(|| Tensor::zeros([1], device))
    }
}

impl Trainer {
    /// The terms of D's phase that count, each before its weight, and their weighted sum, `[1]`.
    pub(super) fn discriminator_objective(
        &self,
        discriminator: &Discriminator,
        output: &PairsOutput,
    ) -> (Terms, Tensor<1>) {
        let mut sum = Sum::default();
        let values = TERMS.each_ref().map(|term| {
            let counts = term.counts_in(&self.config.losses);
            let value = term.discriminator.filter(|_| counts)?(self, discriminator, output)?;
            sum.add(term.weight_in(&self.config.losses), value.clone());
            Some(value)
        });
        (values, sum.total(&self.device))
    }

    /// The terms of G and E's phase that count and that `chosen` holds for, each before its weight, and their weighted sum.
    pub(super) fn generator_encoder_objective(
        &self,
        pass: &Pass,
        output: Option<&PairsOutput>,
        chosen: impl Fn(&Term) -> bool,
    ) -> (Terms, Sum) {
        let mut sum = Sum::default();
        let values = TERMS.each_ref().map(|term| {
            let counts = term.counts_in(&self.config.losses) && chosen(term);
            let value = term.generator_encoder.filter(|_| counts)?(self, pass, output)?;
            sum.add(term.weight_in(&self.config.losses), value.clone());
            Some(value)
        });
        (values, sum)
    }
}
