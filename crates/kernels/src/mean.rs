//! A mean over time, moved in one pass over memory on the CPU and on GPUs that run WGSL.

use burn::backend::Flex;
use burn::tensor::{DType, Tensor, TensorData};
use compute::vectors::vectorized;
use compute::{pass, share};

use crate::backend::is_cpu;
use crate::dense::Dense;
use crate::gpu;

/// `mean` (1 - `weight`) + `newer` `weight`. Both have one shape, are on one device, and off the autodiff graph.
#[must_use]
pub fn mean_towards<const D: usize>(mean: Tensor<D>, newer: Tensor<D>, weight: f64) -> Tensor<D> {
    let floats = [mean.dtype(), newer.dtype()] == [DType::F32; 2];
    if floats && is_cpu(&mean.device()) {
        if let Ok(newer) = newer.clone().try_into_primitive::<Flex>() {
            return on_cpu(mean, &Dense::new(newer), weight);
        }
    } else if floats && let Some(moved) = gpu::mean([&mean, &newer], weight) {
        return moved;
    }
    mean * (1.0 - weight) + newer * weight
}

fn on_cpu<const D: usize>(mean: Tensor<D>, newer: &Dense, weight: f64) -> Tensor<D> {
    let (shape, device) = (mean.shape(), mean.device());
    // In place, where nobody else holds the memory. The caller has checked that the values are f32.
    let values = mean.into_data().try_into_vec_as::<f32>();
    let mut values = values.unwrap_or_default();
    let weights = [1.0 - weight, weight].map(|weight| weight as f32);
    share::pieces(&mut values, share::PIECE, |index, mean| {
        let newer = &newer.values()[index * share::PIECE..];
        vectorized(Towards, (mean, newer, weights));
    });
    Tensor::from_data(TensorData::new(values, shape), &device)
}

pass!(Towards(mean: &mut [f32], newer: &[f32], weights: [f32; 2]) -> () {
    let [keep, weight] = weights;
    for (mean, newer) in mean.iter_mut().zip(newer) {
        *mean = *mean * keep + newer * weight;
    }
});

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution, Tolerance};

    fn check(device: &Device) {
        for shape in [[1, 1], [3, 70_001]] {
            Device::flex().seed(3);
            let [mean, newer] = [(); 2].map(|()| {
                Tensor::<2>::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex())
            });
            let [ours, ours_newer] = [&mean, &newer]
                .map(|tensor| Tensor::<2>::from_data(tensor.clone().into_data(), device));
            let kept = ours.clone();
            let moved = mean_towards(ours, ours_newer, 0.03);
            let expected = mean.clone() * 0.97 + newer * 0.03;
            let tolerance = Tolerance::<f32>::rel_abs(1e-6, 1e-7);
            moved
                .into_data()
                .assert_approx_eq(&expected.into_data(), tolerance);
            // A mean that somebody else holds stays as it was.
            kept.into_data().assert_eq(&mean.into_data(), true);
        }
    }

    #[test]
    fn one_pass_agrees_with_tensor_operations() {
        check(&Device::flex());
    }

    #[needs::gpu]
    fn the_shader_agrees_with_tensor_operations() {
        crate::emulated::on_emulated_gpu(
            "mean::tests::the_shader_agrees_with_tensor_operations",
            |gpu| check(&gpu.device),
        );
    }
}
