//! Means of penalties, each as one operation with a gradient of its own that the same pass over the values finds: as tensor
//! operations a penalty is about ten, and its gradient a dozen.

mod autodiff;
pub(crate) mod backend;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor, activation};

use crate::activation::is_ours;
use backend::PenaltyOps;

/// What a value costs.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Penalty {
    /// `g (sqrt(1 + (t / g)^2) - 1)` of a difference t, g being `gamma`.
    PseudoHuber { gamma: f64 },
    /// `softplus(l) - label l` of a logit l.
    CrossEntropy { label: f64 },
}

/// Mean of `g (sqrt(1 + (t / g)^2) - 1)` over all elements t of `x`, g being `gamma`; shape `[1]`.
#[must_use]
pub fn pseudo_huber<const D: usize>(x: Tensor<D>, gamma: f64) -> Tensor<1> {
    let penalty = Penalty::PseudoHuber { gamma };
    mean(x, penalty, |x| {
        let ratio = x / gamma;
        (((ratio.clone() * ratio + 1.0).sqrt() - 1.0) * gamma).mean()
    })
}

/// Mean cross-entropy between the probability `label` and sigmoid(l) over all elements l of `logits`; shape `[1]`.
///
/// softplus(l) - label l is -label log s(l) - (1 - label) log(1 - s(l)), written so that no logarithm sees a zero.
#[must_use]
pub fn cross_entropy<const D: usize>(logits: Tensor<D>, label: f64) -> Tensor<1> {
    let penalty = Penalty::CrossEntropy { label };
    mean(logits, penalty, |logits| {
        (softplus(logits.clone()) - logits * label).mean()
    })
}

/// log(1 + e^l) as max(l, 0) + log(1 + e^-|l|), which cannot overflow.
#[must_use]
pub fn softplus<const D: usize>(logits: Tensor<D>) -> Tensor<D> {
    activation::relu(logits.clone()) + (logits.abs().neg().exp() + 1.0).log()
}

/// The mean as one operation, or by `plain` where that is Burn's to compute.
fn mean<const D: usize>(
    x: Tensor<D>,
    penalty: Penalty,
    plain: impl Fn(Tensor<D>) -> Tensor<1>,
) -> Tensor<1> {
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_ours(&x.device()) {
        return plain(x);
    }
    let (mean, _) = Dispatch::penalty(x.into_dispatch(), penalty);
    Tensor::from_dispatch(mean)
}
