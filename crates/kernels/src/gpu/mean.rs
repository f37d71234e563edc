//! A mean over time on GPUs: `shaders/mean.wgsl`.

use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, into_contiguous};

use super::launch;
use crate::backend;
use compute::shader::WORKGROUP;
use compute::shaders::{MEAN, Mean};

/// The mean moved by `weight` towards newer values of its shape. `None` where the shader does not run on their device.
pub(crate) fn mean<const D: usize>(read: [&Tensor<D>; 2], weight: f64) -> Option<Tensor<D>> {
    backend::wgpu(&read[0].device())?;
    let plain = |tensor: &Tensor<D>| tensor.clone().try_into_primitive::<CubeBackend>().ok();
    let [Some(before), Some(newer)] = read.map(plain) else {
        return None;
    };
    let read = [before, newer].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let after = launch::empty(&read[0], shape);
    let grid = launch::grid_on(&after.client, count, WORKGROUP);
    let parameters = Mean {
        count,
        keep: (1.0 - weight) as f32,
        weight: weight as f32,
    };
    launch::queue(&MEAN, MEAN.shader(), grid, read, [&after], parameters);
    Some(Tensor::from_primitive::<CubeBackend>(after))
}
