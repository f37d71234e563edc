//! Means of penalties on GPUs: `shaders/penalty.wgsl`.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_wgpu::{CubeBackend, into_contiguous};

use super::{channels, launch};
use crate::penalty::Penalty;
use crate::penalty::backend::PenaltyOps;
use compute::shader::WORKGROUP;
use compute::shaders::{PENALTY, Penalties};

/// Values of an invocation, where there are few: one workgroup then has them all, and nothing is left to add up.
const EACH: usize = 16;
/// Workgroups at most, each of which leaves a sum.
const MOST: usize = 256;

impl PenaltyOps for CubeBackend {
    fn penalty(x: FloatTensor<Self>, penalty: Penalty) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let x = into_contiguous(x);
        let shape = x.meta.shape().clone();
        let count = shape.num_elements();
        let workgroups = count.div_ceil(WORKGROUP as usize * EACH).min(MOST);
        let slopes = launch::empty(&x, shape);
        let sums = launch::empty(&x, Shape::new([workgroups]));
        let (kind, parameter) = match penalty {
            Penalty::PseudoHuber { gamma } => (0, gamma),
            Penalty::CrossEntropy { label } => (1, label),
        };
        let parameters = Penalties {
            count: count as u32,
            kind,
            parameter: parameter as f32,
            scale: (1.0 / count as f64) as f32,
        };
        let (grid, written) = ((workgroups as u32, 1), [&slopes, &sums]);
        launch::queue(&PENALTY, PENALTY.shader(), grid, [x], written, parameters);
        if workgroups == 1 {
            return (sums, slopes);
        }
        // As one channel of one sample.
        let sums = Self::float_reshape(sums, Shape::new([1, 1, workgroups]));
        (channels::sum(sums), slopes)
    }
}
