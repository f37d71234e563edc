//! Adam's step on GPUs: `shaders/adam.wgsl`.

use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};

use super::launch;
use super::together::Together;
use crate::{AdamRates, Moments, Parameter, backend};
use compute::shader::WORKGROUP;
use compute::shaders::{ADAM, AdamStep};

/// Most values that a dispatch moves: of their buffers none is larger than WebGPU binds by default, 128 MiB.
const MOST: usize = 16 << 20;

/// Change of the parameter, or the moved one where its `value` is given, and both moments after the step, from gradient and
/// moments, all `[count]`. `None` where the shader does not run on their device.
pub(crate) fn adam(
    read: [&Tensor<1>; 3],
    value: Option<&Tensor<1>>,
    rates: &AdamRates,
) -> Option<[Tensor<1>; 3]> {
    backend::wgpu(&read[0].device())?;
    let [gradient, first, second] = read.map(plain);
    let read = [gradient?, first?, second?];
    let moved = value.is_some();
    let value = value.map_or_else(|| Some(read[0].clone()), plain);
    let [gradient, first, second] = read;
    let made = queue([gradient, first, second, value?], moved, rates);
    Some(made.map(Tensor::from_primitive::<CubeBackend>))
}

/// Values and moments of all parameters after the step. `None` where the shader does not run on their device.
pub(crate) fn descend_all(
    parameters: &[Parameter],
    rates: &AdamRates,
) -> Option<Vec<(Tensor<1>, Moments)>> {
    backend::wgpu(&parameters.first()?.value.device())?;
    let mut moved = Vec::new();
    let mut rest = parameters;
    while !rest.is_empty() {
        let (some, others) = rest.split_at(fitting(rest));
        moved.extend(descend_together(some, rates)?);
        rest = others;
    }
    Some(moved)
}

/// How many of the first parameters a dispatch moves.
fn fitting(parameters: &[Parameter]) -> usize {
    let counts = parameters.iter().scan(0, |sum, parameter| {
        *sum += parameter.value.shape().num_elements();
        Some(*sum)
    });
    counts.take_while(|sum| *sum <= MOST).count().max(1)
}

fn descend_together(
    parameters: &[Parameter],
    rates: &AdamRates,
) -> Option<Vec<(Tensor<1>, Moments)>> {
    let of = |tensor: fn(&Parameter) -> &Tensor<1>| -> Option<Vec<CubeTensor>> {
        parameters
            .iter()
            .map(|parameter| plain(tensor(parameter)))
            .collect()
    };
    let values = of(|parameter| &parameter.value)?;
    let lengths = values.iter().map(|value| value.meta.shape().num_elements());
    let together = Together::new(lengths, &values[0]);
    let read = [
        of(|parameter| &parameter.gradient)?,
        of(|parameter| &parameter.moments.exp_avg)?,
        of(|parameter| &parameter.moments.exp_avg_sq)?,
        values,
    ];
    let moved = queue(read.map(|tensors| together.gather(tensors)), true, rates);
    let [values, first, second] = moved.each_ref().map(|whole| together.parts(whole));
    let tensor = Tensor::from_primitive::<CubeBackend>;
    let each = values.zip(first.zip(second));
    let each = each.map(|(value, (exp_avg, exp_avg_sq))| {
        let moments = Moments {
            exp_avg: tensor(exp_avg),
            exp_avg_sq: tensor(exp_avg_sq),
        };
        (tensor(value), moments)
    });
    Some(each.collect())
}

fn plain(tensor: &Tensor<1>) -> Option<CubeTensor> {
    tensor.clone().try_into_primitive::<CubeBackend>().ok()
}

/// Change, or moved value, and moments, from gradient, moments and value.
fn queue(read: [CubeTensor; 4], moved: bool, rates: &AdamRates) -> [CubeTensor; 3] {
    let read = read.map(into_contiguous);
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
        moved: u32::from(moved),
    };
    launch::queue(
        &ADAM,
        ADAM.shader(),
        grid,
        read,
        written.each_ref(),
        parameters,
    );
    written
}
