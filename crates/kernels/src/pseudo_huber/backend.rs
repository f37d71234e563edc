//! Which of Burn's backends computes what, without autodiff.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use compute::vectors::vectorized;
use compute::{pass, share};

use crate::dense::{Dense, tensor};

/// The penalty as losses call it. Tensors are f32 and not empty.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait PenaltyOps: Backend {
    /// The penalty, `[1]`, and its gradient for `x`.
    fn pseudo_huber(x: FloatTensor<Self>, gamma: f64) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// Values whose sum is added up by itself, so that sums do not depend on the number of cores.
const PIECE: usize = share::PIECE;

impl PenaltyOps for Flex {
    fn pseudo_huber(x: FloatTensor<Self>, gamma: f64) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let shape = x.shape();
        let x = Dense::new(x);
        let (values, gamma) = (x.values(), gamma as f32);
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
        let penalty = sums.into_iter().sum::<f64>() * f64::from(gamma) / count;
        (
            tensor(vec![penalty as f32], [1]),
            tensor(slope, shape.to_vec()),
        )
    }
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
