//! Which of Burn's backends computes what, without autodiff.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::{Scalar, Shape};
use burn_wgpu::CubeBackend;
use compute::vectors::vectorized;
use compute::{pass, share};

use crate::dense::{Dense, tensor};

/// The penalty as losses call it. Tensors are f32 and not empty. The default is made of Burn's operations.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait PenaltyOps: Backend {
    /// The penalty, `[1]`, and its gradient for `x`.
    fn pseudo_huber(x: FloatTensor<Self>, gamma: f64) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let count = x.shape().num_elements() as f64;
        let scalar = |value: f64| Scalar::from(value);
        let ratio = Self::float_mul_scalar(x, scalar(1.0 / gamma));
        let square = Self::float_mul(ratio.clone(), ratio.clone());
        let root = Self::float_sqrt(Self::float_add_scalar(square, scalar(1.0)));
        let apart = Self::float_add_scalar(root.clone(), scalar(-1.0));
        let sum = Self::float_reshape(Self::float_sum(apart), Shape::new([1]));
        let slope = Self::float_mul_scalar(Self::float_div(ratio, root), scalar(1.0 / count));
        (Self::float_mul_scalar(sum, scalar(gamma / count)), slope)
    }
}

impl PenaltyOps for CubeBackend {}

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
