//! The shader against Burn's operation on the CPU.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Tensor, TensorData};

use super::{burns, conv_transpose2d, wgsl::Plan};
use crate::{DeviceKindName, emulated::on_emulated_gpu};

/// Batch, channels in, channels out, height, width.
type Case = [usize; 5];

const CASES: [Case; 9] = [
    [1, 1, 1, 1, 1],
    [1, 3, 2, 4, 4],
    [2, 5, 7, 7, 9],
    [3, 16, 4, 1, 6],
    [5, 6, 3, 5, 2],
    [1, 64, 33, 8, 8],
    [4, 2, 13, 3, 17],
    [2, 130, 6, 4, 4],
    [1, 8, 3, 32, 32],
];

/// Numbers in [-1, 1) that look random and are the same in every run.
fn noise(seed: u32, count: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9E37_79B9) | 1;
    let step = |_| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (f64::from(state) / 2_147_483_648.0 - 1.0) as f32
    };
    (0..count).map(step).collect()
}

fn tensor<const D: usize>(seed: u32, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = noise(seed, shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

fn operands([b, i, o, h, w]: Case, device: &Device) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
    (
        tensor(1, [b, i, h, w], device),
        tensor(2, [i, o, 5, 5], device),
        tensor(3, [o], device),
    )
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("f32 values")
}

/// Sums of at most 130 * 9 products of numbers below 1, in another order: rounding alone stays below 1e-4.
fn assert_same(what: &str, ours: Tensor<4>, reference: Tensor<4>) {
    assert_eq!(ours.dims(), reference.dims(), "{what}: shapes");
    let (ours, reference) = (values(ours), values(reference));
    let far = ours.iter().zip(&reference).position(|(a, b)| {
        // A NaN is far from everything.
        let apart = (a - b).abs();
        apart.is_nan() || apart > 1e-4
    });
    if let Some(at) = far {
        panic!("{what}: at {at} {} instead of {}", ours[at], reference[at]);
    }
}

#[test]
fn shader_agrees_with_burn_on_awkward_shapes() {
    on_emulated_gpu(
        "conv_transpose2d::tests::shader_agrees_with_burn_on_awkward_shapes",
        |gpu| {
            assert_eq!(gpu.kind, DeviceKindName::SoftwareGpu);
            for case in CASES {
                let (x, weight, bias) = operands(case, &gpu.device);
                assert!(
                    Plan::new(&x, &weight, Some(&bias)).is_some(),
                    "{case:?} is not the shader's"
                );
                let (cx, cw, cb) = operands(case, &Device::flex());
                let with = conv_transpose2d(x.clone(), weight.clone(), Some(bias));
                assert_same(
                    &format!("{case:?}"),
                    with,
                    burns(cx.clone(), cw.clone(), Some(cb)),
                );
                let without = conv_transpose2d(x, weight, None);
                assert_same(
                    &format!("{case:?} without bias"),
                    without,
                    burns(cx, cw, None),
                );
            }
        },
    );
}

#[test]
fn shader_takes_tensors_that_are_views() {
    on_emulated_gpu(
        "conv_transpose2d::tests::shader_takes_tensors_that_are_views",
        |gpu| {
            let views = |device: &Device| {
                let x = tensor(1, [2, 5, 7, 6], device).permute([0, 3, 2, 1]);
                let weight = tensor(2, [4, 6, 5, 5], device).swap_dims(0, 1);
                let bias = tensor(3, [9], device).narrow(0, 2, 4);
                (x, weight, bias)
            };
            let (x, weight, bias) = views(&gpu.device);
            let ours = conv_transpose2d(x, weight, Some(bias));
            let (x, weight, bias) = views(&Device::flex());
            assert_same("views", ours, burns(x, weight, Some(bias)));
        },
    );
}

#[test]
fn shader_goes_on_in_further_rows_of_workgroups() {
    on_emulated_gpu(
        "conv_transpose2d::tests::shader_goes_on_in_further_rows_of_workgroups",
        |gpu| {
            // 5 * 7 * 2 * 3 invocations: four workgroups, with room for two in a row.
            let case = [5, 3, 7, 7, 9];
            let (x, weight, bias) = operands(case, &gpu.device);
            let mut plan = Plan::new(&x, &weight, Some(&bias)).expect("the shader's");
            plan.most = 2;
            let ours = plan.run(x, weight, Some(bias));
            let (x, weight, bias) = operands(case, &Device::flex());
            assert_same("two in a row", ours, burns(x, weight, Some(bias)));
        },
    );
}

#[test]
fn training_is_left_to_burn() {
    on_emulated_gpu("conv_transpose2d::tests::training_is_left_to_burn", |gpu| {
        let device = gpu.device.autodiff();
        let (x, weight, bias) = operands([1, 2, 3, 2, 2], &device);
        let weight = weight.require_grad();
        let gradients = conv_transpose2d(x, weight.clone(), Some(bias))
            .sum()
            .backward();
        let ours = values(weight.grad(&gradients).expect("a gradient of the weights"));

        let device = Device::flex().autodiff();
        let (x, weight, bias) = operands([1, 2, 3, 2, 2], &device);
        let weight = weight.require_grad();
        let gradients = burns(x, weight.clone(), Some(bias)).sum().backward();
        let reference = values(weight.grad(&gradients).expect("a gradient of the weights"));
        for (a, b) in ours.iter().zip(&reference) {
            assert!((a - b).abs() <= 1e-4, "{a} instead of {b}");
        }
    });
}

#[test]
fn other_kernels_and_devices_are_burns() {
    let (x, weight, bias) = operands([1, 2, 3, 2, 2], &Device::flex());
    assert!(Plan::new(&x, &weight, Some(&bias)).is_none());
    let ours = conv_transpose2d(x.clone(), weight.clone(), Some(bias.clone()));
    assert_same("the CPU", ours, burns(x, weight, Some(bias)));
}
