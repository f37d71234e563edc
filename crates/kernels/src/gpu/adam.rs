//! Adam's step on GPUs: `shaders/adam.wgsl`.

use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, into_contiguous};

use super::launch;
use crate::backend;
use crate::shader::{Shader, WORKGROUP};

/// Change of the parameter, and both moments after the step, from gradient and moments, all `[count]`. `rates` are the
/// shader's, in its order. `None` where the shader does not run on their device.
pub(crate) fn adam(read: [&Tensor<1>; 3], rates: [f64; 7]) -> Option<[Tensor<1>; 3]> {
    backend::wgpu(&read[0].device())?;
    let plain = |tensor: &Tensor<1>| tensor.clone().try_into_primitive::<CubeBackend>().ok();
    let [Some(gradient), Some(first), Some(second)] = read.map(plain) else {
        return None;
    };
    let read = [gradient, first, second].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let written = [(); 3].map(|()| launch::empty(&read[0], shape.clone()));
    let mut sizes = vec![count];
    sizes.extend(rates.map(|rate| (rate as f32).to_bits()));
    let grid = launch::grid_on(&read[0].client, count, WORKGROUP);
    let shader = Shader::new("adam", include_str!("../../../../shaders/adam.wgsl"));
    launch::queue(shader, grid, read, written.each_ref(), &sizes);
    Some(written.map(Tensor::from_primitive::<CubeBackend>))
}
