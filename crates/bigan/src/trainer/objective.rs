//! What G and E minimise, term by term.

use burn::tensor::Tensor;

/// A sum of weighted terms, each `[1]`, which remembers what it was made of.
pub(super) struct Objective {
    sum: Tensor<1>,
}

impl Objective {
    /// Starts with L_GAN, whose weight is 1.
    pub(super) fn new(adversarial: Tensor<1>) -> Self {
        Self { sum: adversarial }
    }

    /// Adds `weight` times `term`, which is not even computed for a weight of zero. Returns the term for the report.
    pub(super) fn add(
        &mut self,
        weight: f64,
        term: impl FnOnce() -> Option<Tensor<1>>,
    ) -> Tensor<1> {
        let term = if weight == 0.0 { None } else { term() };
        let Some(term) = term else {
            return self.zero();
        };
        self.sum = self.sum.clone() + term.clone() * weight;
        term.without_autodiff()
    }

    /// The sum, on the autodiff graph.
    pub(super) fn total(&self) -> Tensor<1> {
        self.sum.clone()
    }

    /// What a term without weight is reported as.
    pub(super) fn zero(&self) -> Tensor<1> {
        Tensor::zeros([1], &self.sum.device().without_autodiff())
    }
}
