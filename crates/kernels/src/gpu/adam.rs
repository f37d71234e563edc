//! Adam's step on GPUs: `shaders/adam.wgsl`.

use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, into_contiguous};

use super::launch;
use crate::{AdamRates, backend};
use compute::shader::WORKGROUP;
use compute::shaders::{ADAM, AdamStep};

/// Change of the parameter, or the moved one where its `value` is given, and both moments after the step, from gradient and
/// moments, all `[count]`. `None` where the shader does not run on their device.
pub(crate) fn adam(
    read: [&Tensor<1>; 3],
    value: Option<&Tensor<1>>,
    rates: &AdamRates,
) -> Option<[Tensor<1>; 3]> {
    backend::wgpu(&read[0].device())?;
    let plain = |tensor: &Tensor<1>| tensor.clone().try_into_primitive::<CubeBackend>().ok();
    let [Some(gradient), Some(first), Some(second)] = read.map(plain) else {
        return None;
    };
    let moved = u32::from(value.is_some());
    let value = value.map_or_else(|| Some(gradient.clone()), plain)?;
    let read = [gradient, first, second, value].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let written = [(); 3].map(|()| launch::empty(&read[0], shape.clone()));
    let grid = launch::grid_on(&read[0].client, count, WORKGROUP);
    // One minus a decay keeps its digits only where it is taken before rounding.
    let parameters = AdamStep {
        count,
        beta1: rates.beta1 as f32,
        keep1: (1.0 - rates.beta1) as f32,
        beta2: rates.beta2 as f32,
        keep2: (1.0 - rates.beta2) as f32,
        rate: rates.rate as f32,
        inverse_correction2: rates.bias_correction2.recip() as f32,
        epsilon: rates.epsilon as f32,
        moved,
    };
    launch::queue(
        &ADAM,
        ADAM.shader(),
        grid,
        read,
        written.each_ref(),
        parameters,
    );
    Some(written.map(Tensor::from_primitive::<CubeBackend>))
}
