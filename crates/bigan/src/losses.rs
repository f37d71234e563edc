//! The terms of the objective, equation 8: L_GAN + l1 L_AD + l2 L_AE.

use burn::tensor::{Tensor, activation};
use serde::{Deserialize, Serialize};

/// How much each penalty of equation 8 counts beside L_GAN.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossWeights {
    /// l1, of L_AD (equation 6): the distance from z to E(G(z)).
    pub adversarial_latent: f64,
    /// l2, of L_AE (equation 4): the distance from x to G(E(x)).
    pub autoencoder: f64,
    /// g of the pseudo-Huber form; the paper's is 0.05.
    pub gamma: f64,
    /// What D is told of real pairs (one-sided label smoothing); the paper's is 0.9.
    pub real_label: f64,
}

impl Default for LossWeights {
    /// The paper's eighth experiment.
    fn default() -> Self {
        Self {
            adversarial_latent: 2.5,
            autoencoder: 1.0,
            gamma: 0.05,
            real_label: 0.9,
        }
    }
}

/// Mean of `g (sqrt(1 + (t / g)^2) - 1)` over all elements `t` of `difference`; shape `[1]`.
///
/// The paper leaves open whether t is an element or a norm. We take elements: the penalty then keeps its robustness to
/// single bad pixels, and its size does not depend on how many pixels a picture has.
pub fn pseudo_huber<const D: usize>(difference: Tensor<D>, gamma: f64) -> Tensor<1> {
    let ratio = difference / gamma;
    (((ratio.clone() * ratio + 1.0).sqrt() - 1.0) * gamma).mean()
}

/// Mean cross-entropy between the share `label` and sigmoid(`logits`); shape `[1]`.
///
/// softplus(l) - label l is -label log s(l) - (1 - label) log(1 - s(l)), written so that no logarithm sees a zero.
pub fn cross_entropy(logits: Tensor<2>, label: f64) -> Tensor<1> {
    (softplus(logits.clone()) - logits * label).mean()
}

/// log(1 + e^l) as max(l, 0) + log(1 + e^-|l|), which cannot overflow.
fn softplus(logits: Tensor<2>) -> Tensor<2> {
    activation::relu(logits.clone()) + (logits.abs().neg().exp() + 1.0).log()
}

/// L_GAN as D minimises it (equation 1, with one-sided smoothing of the real pairs' label).
pub fn discriminator(real: Tensor<2>, generated: Tensor<2>, real_label: f64) -> Tensor<1> {
    cross_entropy(real, real_label) + cross_entropy(generated, 0.0)
}

/// L_GAN as G and E minimise it: the non-saturating form, labels swapped.
pub fn adversarial(real: Tensor<2>, generated: Tensor<2>) -> Tensor<1> {
    cross_entropy(real, 0.0) + cross_entropy(generated, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    fn close(found: Tensor<1>, expected: f64) {
        let found = found.into_scalar::<f64>();
        assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
    }

    #[test]
    fn pseudo_huber_by_hand() {
        let t = Tensor::<1>::from_floats([0.0, 0.05, -0.12], &Device::flex());
        // 0.05 (sqrt 2 - 1) and 0.05 (2.6 - 1), over three.
        let expected = (0.0 + 0.05 * (2f64.sqrt() - 1.0) + 0.05 * 1.6) / 3.0;
        close(pseudo_huber(t, 0.05), expected);
    }

    #[test]
    fn cross_entropy_by_hand() {
        let logits = Tensor::<2>::from_floats([[0.0], [2.0]], &Device::flex());
        let share = 1.0 / (1.0 + (-2f64).exp());
        let second = -0.9 * share.ln() - 0.1 * (1.0 - share).ln();
        close(cross_entropy(logits, 0.9), (2f64.ln() + second) / 2.0);
    }

    #[test]
    fn confident_logits_stay_finite() {
        let logits = Tensor::<2>::from_floats([[500.0], [-500.0]], &Device::flex());
        close(cross_entropy(logits.clone(), 0.0), 250.0);
        close(cross_entropy(logits, 1.0), 250.0);
    }
}
