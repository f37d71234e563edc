//! What Adam does with a gradient, in one pass over memory on the CPU and on GPUs that run WGSL: as tensor operations it
//! takes a dozen, and a model has tens of millions of parameters.

use burn::backend::Flex;
use burn::tensor::{DType, Tensor, TensorData};

use crate::dense::{Dense, is_cpu};
use crate::share;
use crate::vectors::{pass, vectorized};

/// Running means of a parameter's gradient and squared gradient, flattened.
#[derive(Debug, Clone)]
pub struct Moments {
    /// Of the gradient.
    pub first: Tensor<1>,
    /// Of its square.
    pub second: Tensor<1>,
}

/// The numbers of one step.
#[derive(Debug, Clone, Copy)]
pub struct AdamRates {
    /// Decay of the mean of gradients.
    pub beta1: f64,
    /// Decay of the mean of squared gradients.
    pub beta2: f64,
    /// The step size over the share of the first mean that is no initial zero.
    pub rate: f64,
    /// The share of the second mean that is no initial zero.
    pub second_share: f64,
    /// Added to the divisor.
    pub epsilon: f64,
}

/// Takes `gradient` into `moments`. Returns how far the parameter moves against its gradient, and the moments after.
/// All are `[count]`, on one device, without autodiff.
#[must_use]
pub fn adam(gradient: Tensor<1>, moments: Moments, rates: &AdamRates) -> (Tensor<1>, Moments) {
    let Moments { first, second } = moments;
    let types = [gradient.dtype(), first.dtype(), second.dtype()];
    if types == [DType::F32; 3] && is_cpu(&gradient.device()) {
        return on_cpu(None, gradient, Moments { first, second }, rates);
    }
    #[cfg(not(feature = "cuda"))]
    if types == [DType::F32; 3]
        && crate::shader::takes(&gradient.device())
        && let Some(done) = on_gpu([&gradient, &first, &second], rates)
    {
        return done;
    }
    let square = gradient.clone() * gradient.clone();
    let first = first * rates.beta1 + gradient * (1.0 - rates.beta1);
    let second = second * rates.beta2 + square * (1.0 - rates.beta2);
    let divisor = (second.clone() / rates.second_share).sqrt() + rates.epsilon;
    let change = first.clone() * rates.rate / divisor;
    (change, Moments { first, second })
}

/// One step of Adam: `value` moved against `gradient`, and the moments after. All are `[count]`, on one device, without
/// autodiff.
#[must_use]
pub fn descend(
    value: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    rates: &AdamRates,
) -> (Tensor<1>, Moments) {
    let types = [&value, &gradient, &moments.first, &moments.second].map(Tensor::dtype);
    if types == [DType::F32; 4]
        && is_cpu(&value.device())
        && let Ok(value) = value.clone().try_into_primitive::<Flex>()
    {
        return on_cpu(Some(Dense::new(value)), gradient, moments, rates);
    }
    let (change, moments) = adam(gradient, moments, rates);
    (value - change, moments)
}

/// The change, or what it makes of `value`, and the moments after.
fn on_cpu(
    value: Option<Dense>,
    gradient: Tensor<1>,
    moments: Moments,
    rates: &AdamRates,
) -> (Tensor<1>, Moments) {
    let device = gradient.device();
    // In the memory they are in, where nobody else holds it. Their type has been looked at.
    let [mut change, mut first, mut second] =
        [gradient, moments.first, moments.second].map(|values| {
            values
                .into_data()
                .try_into_vec_as::<f32>()
                .unwrap_or_default()
        });
    // One minus a decay keeps its digits only where it is taken before rounding.
    let [beta1, keep1, beta2, keep2, rate, share, epsilon] = [
        rates.beta1,
        1.0 - rates.beta1,
        rates.beta2,
        1.0 - rates.beta2,
        rates.rate,
        rates.second_share,
        rates.epsilon,
    ]
    .map(|number| number as f32);
    let numbers = Numbers {
        decay: [beta1, beta2],
        keep: [keep1, keep2],
        rate,
        share,
        epsilon,
    };
    let results = [&mut change[..], &mut first, &mut second];
    let value = value.as_ref().map(Dense::values);
    share::triples(results, |index, [change, first, second]| {
        vectorized(Step, (numbers, change, first, second));
        if let Some(value) = value {
            // What was just written is still in the cache.
            vectorized(Move, (&value[index * share::PIECE..], change));
        }
    });
    let count = change.len();
    let [change, first, second] = [change, first, second]
        .map(|values| Tensor::from_data(TensorData::new(values, [count]), &device));
    (change, Moments { first, second })
}

/// The numbers of one step in f32.
#[derive(Clone, Copy)]
struct Numbers {
    decay: [f32; 2],
    keep: [f32; 2],
    rate: f32,
    share: f32,
    epsilon: f32,
}

pass!(
    /// The change takes the gradient's place.
    Step(numbers: Numbers, change: &mut [f32], first: &mut [f32], second: &mut [f32]) -> () {
        let Numbers { decay, keep, rate, share, epsilon } = numbers;
        let moments = first.iter_mut().zip(second);
        for (change, (first, second)) in change.iter_mut().zip(moments) {
            let gradient = *change;
            *first = *first * decay[0] + gradient * keep[0];
            *second = *second * decay[1] + gradient * gradient * keep[1];
            *change = *first * rate / ((*second / share).sqrt() + epsilon);
        }
    }
);

pass!(
    /// What the changes make of `value` takes their place.
    Move(value: &[f32], change: &mut [f32]) -> () {
        for (change, value) in change.iter_mut().zip(value) {
            *change = value - *change;
        }
    }
);

/// `shaders/adam.wgsl` on gradient, first and second moment. `None` where they are no tensors of one wgpu device.
#[cfg(not(feature = "cuda"))]
fn on_gpu(read: [&Tensor<1>; 3], rates: &AdamRates) -> Option<(Tensor<1>, Moments)> {
    use crate::shader::{self, Shader, WORKGROUP};
    use burn_wgpu::{CubeBackend, into_contiguous};

    let plain = |tensor: &Tensor<1>| tensor.clone().try_into_primitive::<CubeBackend>().ok();
    let [Some(gradient), Some(first), Some(second)] = read.map(plain) else {
        return None;
    };
    let read = [gradient, first, second].map(into_contiguous);
    let shape = read[0].meta.shape().clone();
    let count = shape.num_elements() as u32;
    let written = [(); 3].map(|()| shader::empty(&read[0], shape.clone()));
    let numbers = [
        rates.beta1,
        1.0 - rates.beta1,
        rates.beta2,
        1.0 - rates.beta2,
        rates.rate,
        rates.second_share.recip(),
        rates.epsilon,
    ];
    let mut sizes = vec![count];
    sizes.extend(numbers.map(|number| (number as f32).to_bits()));
    let grid = shader::grid_on(&read[0].client, count, WORKGROUP);
    let source = include_str!("../../../shaders/adam.wgsl");
    let shader = Shader::new("adam", source);
    shader::launch(shader, grid, read, written.each_ref(), &sizes);
    let [change, first, second] = written.map(Tensor::from_primitive::<CubeBackend>);
    Some((change, Moments { first, second }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};

    const RATES: AdamRates = AdamRates {
        beta1: 0.5,
        beta2: 0.999,
        rate: 4e-4,
        second_share: 0.001,
        epsilon: 1e-8,
    };

    fn check(device: &Device) {
        let cpu = Device::flex();
        cpu.seed(3);
        let random = |low| {
            let numbers = Distribution::Uniform(low, 1.0);
            Tensor::<1>::random([100_003], numbers, &cpu)
        };
        let (gradient, first, second) = (random(-1.0), random(-1.0), random(0.0));
        let wide = |tensor: &Tensor<1>| tensor.clone().cast(DType::F64);
        let moments = Moments {
            first: wide(&first),
            second: wide(&second),
        };
        let (expected, after) = adam(wide(&gradient), moments, &RATES);
        let [gradient, first, second] =
            [gradient, first, second].map(|tensor| Tensor::from_data(tensor.into_data(), device));
        let kept = first.clone();
        let before = Moments {
            first: first.clone(),
            second: second.clone(),
        };
        let value = gradient.clone() * 2.0;
        let (moved, _) = descend(value.clone(), gradient.clone(), before, &RATES);
        let (found, moments) = adam(gradient, Moments { first, second }, &RATES);
        let expected_move = (value - found.clone()).into_data();
        moved
            .into_data()
            .assert_approx_eq(&expected_move, Tolerance::<f32>::rel_abs(1e-6, 1e-7));
        for (found, expected) in [
            (found, expected),
            (moments.first, after.first),
            (moments.second, after.second),
        ] {
            let expected = expected.cast(DType::F32).into_data();
            let tolerance = Tolerance::<f32>::rel_abs(1e-5, 1e-7);
            found.into_data().assert_approx_eq(&expected, tolerance);
        }
        // A moment that somebody else holds, a checkpoint being written for one, stays as it was.
        assert!(kept.into_data().iter::<f32>().any(|value| value < 0.0));
    }

    #[test]
    fn one_pass_agrees_with_tensor_operations() {
        check(&Device::flex());
    }

    #[needs::gpu]
    fn the_shader_agrees_with_tensor_operations() {
        crate::emulated::on_emulated_gpu(
            "adam::tests::the_shader_agrees_with_tensor_operations",
            |gpu| check(&gpu.device),
        );
    }
}
