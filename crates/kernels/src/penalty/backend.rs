//! Which of Burn's backends computes what, without autodiff.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use compute::vectors::vectorized;
use compute::{pass, share};

use super::Penalty;
use crate::dense::{Dense, tensor};

/// The mean of a penalty as losses call it. Tensors are f32 and not empty.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait PenaltyOps: Backend {
    /// The mean, `[1]`, and its gradient for `x`.
    fn penalty(x: FloatTensor<Self>, penalty: Penalty) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// Values whose sum is added up by itself, so that sums do not depend on the number of cores.
const PIECE: usize = share::PIECE;

impl PenaltyOps for Flex {
    fn penalty(x: FloatTensor<Self>, penalty: Penalty) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let shape = x.shape();
        let x = Dense::new(x);
        let (mean, slope) = match penalty {
            Penalty::PseudoHuber { gamma } => pseudo_huber(x.values(), gamma as f32),
            Penalty::CrossEntropy { label } => cross_entropy(x.values(), label),
        };
        (tensor(vec![mean], [1]), tensor(slope, shape.to_vec()))
    }
}

/// The mean, and its gradient.
fn pseudo_huber(values: &[f32], gamma: f32) -> (f32, Vec<f32>) {
    let count = values.len() as f64;
    let slope = share::made(values.len(), PIECE, |index, slope| {
        vectorized(
            Slope,
            (&values[index * PIECE..], gamma, count as f32, slope),
        );
    });
    let sums = share::map(values.len().div_ceil(PIECE), |index| {
        let piece = &values[index * PIECE..];
        vectorized(Sum, (&piece[..piece.len().min(PIECE)], gamma))
    });
    let mean = sums.into_iter().sum::<f64>() * f64::from(gamma) / count;
    (mean as f32, slope)
}

/// The mean, and its gradient. There are as few values as pairs in a batch.
fn cross_entropy(logits: &[f32], label: f64) -> (f32, Vec<f32>) {
    let count = logits.len() as f64;
    let each = logits.iter().map(|logit| {
        let logit = f64::from(*logit);
        // Of e^-|l|, which cannot overflow.
        let small = (-logit.abs()).exp();
        let sigmoid = if logit < 0.0 { small } else { 1.0 } / (1.0 + small);
        let entropy = logit.max(0.0) + small.ln_1p() - label * logit;
        (entropy / count, ((sigmoid - label) / count) as f32)
    });
    let (shares, slope): (Vec<f64>, Vec<f32>) = each.unzip();
    (shares.into_iter().sum::<f64>() as f32, slope)
}

pass!(Slope(x: &[f32], gamma: f32, count: f32, slope: &mut [f32]) -> () {
    for (slope, x) in slope.iter_mut().zip(x) {
        let ratio = x / gamma;
        *slope = ratio / ((ratio * ratio + 1.0).sqrt() * count);
    }
});

pass!(Sum(x: &[f32], gamma: f32) -> f64 {
    compute::vectors::sum(x, |x| {
        let ratio = x / gamma;
        let square = ratio * ratio;
        // sqrt(1 + s) - 1, of small s too.
        square / ((square + 1.0).sqrt() + 1.0)
    })
});
