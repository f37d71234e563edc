//! The pseudo-Huber penalty as one operation with a gradient of its own, in one pass over the values on the CPU: as tensor
//! operations it is nine, and its gradient a dozen.

mod autodiff;
pub(crate) mod backend;
#[cfg(test)]
mod tests;

use burn::backend::Dispatch;
use burn::tensor::{DType, Tensor};

use crate::activation::is_ours;
use backend::PenaltyOps;

/// Mean of `g (sqrt(1 + (t / g)^2) - 1)` over all elements t of `x`, g being `gamma`; shape `[1]`.
#[must_use]
pub fn pseudo_huber<const D: usize>(x: Tensor<D>, gamma: f64) -> Tensor<1> {
    if x.dtype() != DType::F32 || x.dims().contains(&0) || !is_ours(&x.device()) {
        let ratio = x / gamma;
        return (((ratio.clone() * ratio + 1.0).sqrt() - 1.0) * gamma).mean();
    }
    let (penalty, _) = Dispatch::pseudo_huber(x.into_dispatch(), gamma);
    Tensor::from_dispatch(penalty)
}
