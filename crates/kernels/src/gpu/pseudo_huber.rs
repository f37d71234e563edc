//! The pseudo-Huber penalty on GPUs: `shaders/pseudo_huber.wgsl`.

use burn::backend::tensor::FloatTensor;
use burn::tensor::Shape;
use burn_wgpu::{CubeBackend, into_contiguous};

use super::{channels, launch};
use crate::pseudo_huber::backend::PenaltyOps;
use compute::shader::WORKGROUP;
use compute::shaders::{PSEUDO_HUBER, PseudoHuber};

/// Workgroups at most, each of which leaves a sum.
const MOST: usize = 256;

impl PenaltyOps for CubeBackend {
    fn pseudo_huber(x: FloatTensor<Self>, gamma: f64) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let x = into_contiguous(x);
        let shape = x.meta.shape().clone();
        let count = shape.num_elements();
        let workgroups = count.div_ceil(WORKGROUP as usize).min(MOST);
        let slopes = launch::empty(&x, shape);
        // As one channel of one sample, to be summed.
        let sums = launch::empty(&x, Shape::new([1, 1, workgroups]));
        let parameters = PseudoHuber {
            count: count as u32,
            gamma: gamma as f32,
            scale: (1.0 / count as f64) as f32,
        };
        let (grid, written) = ((workgroups as u32, 1), [&slopes, &sums]);
        let shader = PSEUDO_HUBER.shader();
        launch::queue(&PSEUDO_HUBER, shader, grid, [x], written, parameters);
        (channels::sum(sums), slopes)
    }
}
