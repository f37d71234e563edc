//! A step of Adam (Kingma and Ba, 2015), in one pass over memory on the CPU and on GPUs that run WGSL: tensor
//! operations take a dozen passes, over tens of millions of parameters.

use burn::backend::Flex;
use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::backend::{is_cpu, wgpu};
use crate::dense::Dense;
use compute::pass;
use compute::share;
use compute::vectors::vectorized;

use crate::gpu;

/// Exponential moving averages of a parameter's gradient and squared gradient, `[count]` each: PyTorch's `exp_avg` and
/// `exp_avg_sq`.
#[derive(Debug, Clone)]
pub struct Moments {
    /// Of the gradient.
    pub exp_avg: Tensor<1>,
    /// Of the squared gradient.
    pub exp_avg_sq: Tensor<1>,
}

/// The settings of one step.
#[derive(Debug, Clone, Copy)]
pub struct AdamRates {
    /// Decay of the first moment.
    pub beta1: f64,
    /// Decay of the second moment.
    pub beta2: f64,
    /// The learning rate over the bias correction of the first moment, 1 - beta1^t.
    pub rate: f64,
    /// The bias correction of the second moment, 1 - beta2^t.
    pub bias_correction2: f64,
    /// Added to the denominator.
    pub epsilon: f64,
}

/// Updates `moments` with `gradient`. Returns the change to subtract from the parameter, and the new moments. All are
/// `[count]`, on one device, without autodiff.
#[must_use]
pub fn adam(gradient: Tensor<1>, moments: Moments, rates: &AdamRates) -> (Tensor<1>, Moments) {
    let Moments {
        exp_avg: first,
        exp_avg_sq: second,
    } = moments;
    let types = [gradient.dtype(), first.dtype(), second.dtype()];
    if types == [DType::F32; 3] && is_cpu(&gradient.device()) {
        return on_cpu(
            None,
            gradient,
            Moments {
                exp_avg: first,
                exp_avg_sq: second,
            },
            rates,
        );
    }
    if types == [DType::F32; 3]
        && let Some(done) = gpu::adam([&gradient, &first, &second], None, rates)
    {
        let [change, first, second] = done;
        return (
            change,
            Moments {
                exp_avg: first,
                exp_avg_sq: second,
            },
        );
    }
    let square = gradient.clone() * gradient.clone();
    let first = first * rates.beta1 + gradient * (1.0 - rates.beta1);
    let second = second * rates.beta2 + square * (1.0 - rates.beta2);
    let divisor = (second.clone() / rates.bias_correction2).sqrt() + rates.epsilon;
    let change = first.clone() * rates.rate / divisor;
    (
        change,
        Moments {
            exp_avg: first,
            exp_avg_sq: second,
        },
    )
}

/// One step of Adam: the updated `value`, and the new moments. All are `[count]`, on one device, without autodiff.
#[must_use]
pub fn descend(
    value: Tensor<1>,
    gradient: Tensor<1>,
    moments: Moments,
    rates: &AdamRates,
) -> (Tensor<1>, Moments) {
    let types = [&value, &gradient, &moments.exp_avg, &moments.exp_avg_sq].map(Tensor::dtype);
    if types == [DType::F32; 4]
        && is_cpu(&value.device())
        && let Ok(value) = value.clone().try_into_primitive::<Flex>()
    {
        return on_cpu(Some(Dense::new(value)), gradient, moments, rates);
    }
    let read = [&gradient, &moments.exp_avg, &moments.exp_avg_sq];
    if types == [DType::F32; 4]
        && let Some([moved, exp_avg, exp_avg_sq]) = gpu::adam(read, Some(&value), rates)
    {
        let moments = Moments {
            exp_avg,
            exp_avg_sq,
        };
        return (moved, moments);
    }
    let (change, moments) = adam(gradient, moments, rates);
    (value - change, moments)
}

/// A parameter that a step moves: `[count]` each, on one device, without autodiff.
#[derive(Debug, Clone)]
pub struct Parameter {
    /// Its value.
    pub value: Tensor<1>,
    /// The gradient of the loss for it.
    pub gradient: Tensor<1>,
    /// Means of such gradients.
    pub moments: Moments,
}

/// One step of Adam for all `parameters`, which are on one device, in few operations: the updated values, and the new
/// moments. `None` where nothing is gained over [`descend`], which may then work in place.
#[must_use]
pub fn descend_all(
    parameters: &[Parameter],
    rates: &AdamRates,
) -> Option<Vec<(Tensor<1>, Moments)>> {
    let floats = |parameter: &Parameter| {
        let Moments {
            exp_avg,
            exp_avg_sq,
        } = &parameter.moments;
        let tensors = [&parameter.value, &parameter.gradient, exp_avg, exp_avg_sq];
        tensors.map(Tensor::dtype) == [DType::F32; 4]
    };
    match parameters.iter().all(floats) {
        true => gpu::descend_all(parameters, rates),
        false => None,
    }
}

/// Whether [`descend_all`] moves parameters on `device`.
#[must_use]
pub fn moves_together(device: &Device) -> bool {
    wgpu(device).is_some()
}

/// The change, or the updated value where `value` is given, and the new moments.
fn on_cpu(
    value: Option<Dense>,
    gradient: Tensor<1>,
    moments: Moments,
    rates: &AdamRates,
) -> (Tensor<1>, Moments) {
    let device = gradient.device();
    // In place, where nobody else holds the memory. The caller has checked that the values are f32.
    let [mut change, mut first, mut second] =
        [gradient, moments.exp_avg, moments.exp_avg_sq].map(|values| {
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
        rates.bias_correction2,
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
    (
        change,
        Moments {
            exp_avg: first,
            exp_avg_sq: second,
        },
    )
}

/// [`AdamRates`] in f32.
#[derive(Clone, Copy)]
struct Numbers {
    decay: [f32; 2],
    keep: [f32; 2],
    rate: f32,
    share: f32,
    epsilon: f32,
}

pass!(
    /// Replaces the gradient, in `change`, by the change.
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
    /// Replaces the changes by the updated values.
    Move(value: &[f32], change: &mut [f32]) -> () {
        for (change, value) in change.iter_mut().zip(value) {
            *change = value - *change;
        }
    }
);

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};

    const RATES: AdamRates = AdamRates {
        beta1: 0.5,
        beta2: 0.999,
        rate: 4e-4,
        bias_correction2: 0.001,
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
            exp_avg: wide(&first),
            exp_avg_sq: wide(&second),
        };
        let (expected, after) = adam(wide(&gradient), moments, &RATES);
        let [gradient, first, second] =
            [gradient, first, second].map(|tensor| Tensor::from_data(tensor.into_data(), device));
        let kept = first.clone();
        let before = Moments {
            exp_avg: first.clone(),
            exp_avg_sq: second.clone(),
        };
        let value = gradient.clone() * 2.0;
        let (moved, _) = descend(value.clone(), gradient.clone(), before, &RATES);
        let (found, moments) = adam(
            gradient,
            Moments {
                exp_avg: first,
                exp_avg_sq: second,
            },
            &RATES,
        );
        let expected_move = (value - found.clone()).into_data();
        moved
            .into_data()
            .assert_approx_eq(&expected_move, Tolerance::<f32>::rel_abs(1e-6, 1e-7));
        for (found, expected) in [
            (found, expected),
            (moments.exp_avg, after.exp_avg),
            (moments.exp_avg_sq, after.exp_avg_sq),
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

    /// As many parameters as several dispatches gather, for two steps: after the first they lie together.
    fn check_all(device: &Device) {
        Device::flex().seed(4);
        let random = |count: usize| {
            let numbers = Distribution::Uniform(0.0, 1.0);
            Tensor::<1>::random([count], numbers, &Device::flex())
        };
        let on = |tensor: &Tensor<1>| Tensor::from_data(tensor.clone().into_data(), device);
        let counts = [1, 64, 65, 3_000, 7, 8, 9, 128, 5];
        let mut parameters = counts.map(|count| Parameter {
            value: on(&random(count)),
            gradient: on(&random(count)),
            moments: Moments {
                exp_avg: on(&random(count)),
                exp_avg_sq: on(&random(count)),
            },
        });
        for _ in 0..2 {
            let moved = descend_all(&parameters, &RATES).unwrap();
            for (parameter, (value, moments)) in parameters.iter_mut().zip(moved) {
                let Parameter {
                    value: before,
                    gradient,
                    moments: moments_before,
                } = parameter.clone();
                let (expected, its_moments) = descend(before, gradient, moments_before, &RATES);
                for (found, expected) in [
                    (&value, expected),
                    (&moments.exp_avg, its_moments.exp_avg),
                    (&moments.exp_avg_sq, its_moments.exp_avg_sq),
                ] {
                    let found = found.clone().into_data();
                    found.assert_eq(&expected.into_data(), true);
                }
                *parameter = Parameter {
                    value,
                    moments,
                    gradient: on(&random(parameter.gradient.dims()[0])),
                };
            }
        }
    }

    #[needs::gpu]
    fn parameters_move_together_as_each_would_alone() {
        crate::emulated::on_emulated_gpu(
            "adam::tests::parameters_move_together_as_each_would_alone",
            |gpu| check_all(&gpu.device),
        );
    }

    #[needs::gpu]
    fn the_shader_agrees_with_tensor_operations() {
        crate::emulated::on_emulated_gpu(
            "adam::tests::the_shader_agrees_with_tensor_operations",
            |gpu| check(&gpu.device),
        );
    }
}
