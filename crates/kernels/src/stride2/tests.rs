//! The operations and their gradients against Burn's on the CPU, which knows nothing of ours.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Tensor, TensorData, module};

use super::{conv_transpose2d, conv2d, cpu};
use crate::DeviceKindName;
use crate::emulated::on_emulated_gpu;
use crate::geometry::Geometry;

/// Batch, channels in, channels out, height, width, kernel.
pub(crate) type Case = [usize; 6];

pub(crate) const CASES: [Case; 13] = [
    [1, 1, 1, 1, 1, 5],
    [1, 3, 2, 4, 4, 5],
    [2, 5, 7, 7, 9, 5],
    [3, 16, 4, 1, 6, 5],
    [5, 6, 3, 5, 2, 5],
    [1, 64, 33, 8, 8, 5],
    [4, 2, 13, 3, 17, 5],
    [2, 130, 6, 4, 4, 5],
    [1, 8, 3, 32, 32, 5],
    [33, 4, 5, 6, 6, 5],
    [2, 70, 66, 5, 4, 3],
    [3, 2, 4, 9, 8, 7],
    [2, 3, 3, 4, 5, 1],
];

/// Those that the CPU filters with fewer products: sides that are no whole number of tiles, channels that are no whole
/// number of vectors, more channels than tiles and fewer, blocks of several samples and of some rows of one.
const TILED_CASES: [Case; 7] = [
    [7, 24, 30, 7, 9, 5],
    [3, 44, 70, 13, 6, 5],
    [1, 25, 49, 21, 33, 5],
    [33, 22, 26, 1, 3, 5],
    [2, 30, 24, 32, 30, 5],
    [26, 129, 90, 4, 2, 5],
    [8, 300, 180, 8, 8, 5],
];

/// An operation, as ours or as Burn's.
type Operation = fn(Tensor<4>, Tensor<4>, Option<Tensor<1>>) -> Tensor<4>;

pub(crate) fn burns_conv2d(x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
    let padding = weight.dims()[2] / 2;
    let options = ConvOptions::new([2, 2], [padding; 2], [1, 1], 1);
    module::conv2d(x, weight, bias, options)
}

pub(crate) fn burns_transpose(
    x: Tensor<4>,
    weight: Tensor<4>,
    bias: Option<Tensor<1>>,
) -> Tensor<4> {
    let padding = weight.dims()[2] / 2;
    let options = ConvTransposeOptions::new([2, 2], [padding; 2], [1, 1], [1, 1], 1);
    module::conv_transpose2d(x, weight, bias, options)
}

/// Ours, Burn's, and whether the weight has the input's channels first.
const OPERATIONS: [(&str, Operation, Operation, bool); 2] = [
    ("conv2d", conv2d, burns_conv2d, false),
    ("conv_transpose2d", conv_transpose2d, burns_transpose, true),
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

pub(crate) fn tensor<const D: usize>(seed: u32, shape: [usize; D], device: &Device) -> Tensor<D> {
    let values = noise(seed, shape.iter().product());
    Tensor::from_data(TensorData::new(values, shape), device)
}

pub(crate) fn operands(
    case: Case,
    inputs_first: bool,
    device: &Device,
) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
    let [b, i, o, h, w, k] = case;
    let weight = if inputs_first {
        [i, o, k, k]
    } else {
        [o, i, k, k]
    };
    (
        tensor(1, [b, i, h, w], device),
        tensor(2, weight, device),
        tensor(3, [o], device),
    )
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.try_into_vec_as().expect("f32 values")
}

/// Sums of at most a few thousand products of numbers below 1, in another order: rounding alone stays below 4e-4.
pub(crate) fn assert_same<const D: usize>(what: &str, ours: Tensor<D>, reference: Tensor<D>) {
    assert_eq!(ours.dims(), reference.dims(), "{what}: shapes");
    let (ours, reference) = (values(ours), values(reference));
    let far = ours.iter().zip(&reference).position(|(a, b)| {
        // A NaN is far from everything.
        let apart = (a - b).abs();
        apart.is_nan() || apart > 4e-4
    });
    if let Some(at) = far {
        panic!("{what}: at {at} {} instead of {}", ours[at], reference[at]);
    }
}

/// The gradients for input, weight and bias of a weighted sum of the result.
pub(crate) fn gradients(
    operation: Operation,
    case: Case,
    inputs_first: bool,
    device: &Device,
) -> (Tensor<4>, Tensor<4>, Tensor<1>) {
    let device = device.clone().autodiff();
    let (x, weight, bias) = operands(case, inputs_first, &device);
    let (x, weight, bias) = (x.require_grad(), weight.require_grad(), bias.require_grad());
    let result = operation(x.clone(), weight.clone(), Some(bias.clone()));
    let factors = tensor(4, result.dims(), &device);
    let all = (result * factors).sum().backward();
    (
        x.grad(&all).expect("a gradient of the input"),
        weight.grad(&all).expect("a gradient of the weight"),
        bias.grad(&all).expect("a gradient of the bias"),
    )
}

fn assert_results_agree(device: &Device, cases: &[Case]) {
    for &case in cases {
        for (name, ours, burns, inputs_first) in OPERATIONS {
            let (x, weight, bias) = operands(case, inputs_first, device);
            let (cx, cw, cb) = operands(case, inputs_first, &Device::flex());
            assert_same(
                &format!("{name} {case:?}"),
                ours(x.clone(), weight.clone(), Some(bias)),
                burns(cx.clone(), cw.clone(), Some(cb)),
            );
            let without = ours(x, weight, None);
            assert_same(
                &format!("{name} {case:?} without bias"),
                without,
                burns(cx, cw, None),
            );
        }
    }
}

fn assert_gradients_agree(device: &Device, cases: &[Case]) {
    for case in cases {
        for (name, ours, burns, inputs_first) in OPERATIONS {
            let found = gradients(ours, *case, inputs_first, device);
            let expected = gradients(burns, *case, inputs_first, &Device::flex());
            assert_same(&format!("{name} {case:?}: input"), found.0, expected.0);
            assert_same(&format!("{name} {case:?}: weight"), found.1, expected.1);
            assert_same(&format!("{name} {case:?}: bias"), found.2, expected.2);
        }
    }
}

#[test]
fn cpu_agrees_with_burn() {
    assert_results_agree(&Device::flex(), &CASES);
    assert_results_agree(&Device::flex(), &TILED_CASES);
}

#[test]
fn cpu_gradients_agree_with_burns() {
    assert_gradients_agree(&Device::flex(), &CASES);
    assert_gradients_agree(&Device::flex(), &TILED_CASES);
}

#[needs::gpu]
fn shader_agrees_with_burn() {
    on_emulated_gpu("stride2::tests::shader_agrees_with_burn", |gpu| {
        assert_eq!(gpu.kind, DeviceKindName::SoftwareGpu);
        assert_results_agree(&gpu.device, &CASES);
    });
}

#[needs::gpu]
pub(crate) fn gradients_through_the_shader_agree_with_burns() {
    on_emulated_gpu(
        "stride2::tests::gradients_through_the_shader_agree_with_burns",
        |gpu| assert_gradients_agree(&gpu.device, &CASES[..8]),
    );
}

/// Twice along the gradient of the sum of squares: the derivative by central differences.
#[test]
pub(crate) fn gradients_agree_with_finite_differences() {
    let device = Device::flex();
    for case in [[2, 3, 2, 5, 4, 5], [7, 24, 32, 8, 7, 5]] {
        assert_finite_differences_agree(case, &device);
    }
}

fn assert_finite_differences_agree(case: Case, device: &Device) {
    for (name, operation, _, inputs_first) in OPERATIONS {
        let (dx, dw, db) = gradients(operation, case, inputs_first, device);
        let loss = |step: f32| {
            let (x, weight, bias) = operands(case, inputs_first, device);
            let result = operation(
                x + dx.clone() * step,
                weight + dw.clone() * step,
                Some(bias + db.clone() * step),
            );
            let factors = tensor(4, result.dims(), device);
            (result * factors).sum().into_scalar::<f64>()
        };
        let squares = [values(dx.clone()), values(dw.clone()), values(db.clone())].concat();
        let expected: f64 = squares.iter().map(|g| f64::from(*g).powi(2)).sum();
        let found = (loss(1e-2) - loss(-1e-2)) / 2e-2;
        // The operation is bilinear, so that only rounding of a sum near 1e3 is left.
        let apart = (found - expected).abs() / expected;
        assert!(apart < 2e-3, "{name}: {found} instead of {expected}");
    }
}

/// The three operations' results on so many threads, as bits.
fn results_on(threads: usize, g: &Geometry) -> [Vec<u32>; 3] {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
    let draw = |seed, shape: [usize; 4]| noise(seed, shape.iter().product());
    let (image, map) = (draw(1, g.image_shape()), draw(2, g.map_shape()));
    let (weight, bias) = (draw(3, g.weight_shape()), noise(4, g.map_channels));
    let results = pool.build().expect("threads").install(|| {
        [
            cpu::conv2d(g, &image, &weight, &bias),
            cpu::conv_transpose2d(g, &map, &weight, None),
            cpu::weight_gradient(g, &image, &map),
        ]
    });
    results.map(|values| values.into_iter().map(f32::to_bits).collect())
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    // The first three are filtered with fewer products: blocks of rows, of samples, and groups of channels.
    for (batch, [image_channels, map_channels], [height, width], kernel) in [
        (5, [24, 60], [30, 17], 5),
        (33, [32, 64], [7, 9], 5),
        (16, [190, 256], [8, 8], 5),
        (9, [3, 64], [16, 16], 5),
        (5, [24, 33], [30, 17], 5),
        (3, [40, 50], [6, 5], 3),
    ] {
        let g = Geometry {
            batch,
            image_channels,
            map_channels,
            height,
            width,
            kernel,
        };
        let one = results_on(1, &g);
        for threads in [1, 2, 3, 16] {
            assert!(results_on(threads, &g) == one, "{g:?} on {threads}");
        }
    }
}

#[needs::gpu]
fn views_are_taken_as_they_are() {
    let check = |device: &Device| {
        let views = |device: &Device| {
            let x = tensor(1, [2, 5, 7, 6], device).permute([0, 3, 2, 1]);
            let weight = tensor(2, [4, 6, 5, 5], device).swap_dims(0, 1);
            let bias = tensor(3, [9], device).narrow(0, 2, 4);
            (x, weight, bias)
        };
        let (x, weight, bias) = views(device);
        let ours = conv_transpose2d(x, weight, Some(bias));
        let (x, weight, bias) = views(&Device::flex());
        assert_same("views", ours, burns_transpose(x, weight, Some(bias)));
    };
    check(&Device::flex());
    on_emulated_gpu("stride2::tests::views_are_taken_as_they_are", |gpu| {
        check(&gpu.device);
    });
}

#[test]
fn frozen_weights_get_no_gradient() {
    let device = Device::flex().autodiff();
    let (x, weight, bias) = operands([1, 2, 3, 4, 4, 5], false, &device);
    let x = x.require_grad();
    let all = conv2d(x.clone(), weight.clone(), Some(bias))
        .sum()
        .backward();
    assert!(x.grad(&all).is_some() && weight.grad(&all).is_none());
}

#[test]
fn even_kernels_and_other_numbers_are_burns() {
    let device = Device::flex();
    let x = tensor(1, [1, 2, 4, 4], &device);
    let even = tensor(2, [3, 2, 4, 4], &device);
    let ours = conv2d(x.clone(), even.clone(), None);
    assert_same("even kernel", ours, burns_conv2d(x.clone(), even, None));
    let half = |tensor: Tensor<4>| tensor.cast(burn::tensor::DType::F64);
    let weight = half(tensor(2, [3, 2, 5, 5], &device));
    let ours = conv2d(half(x.clone()), weight.clone(), None);
    assert_eq!(ours.dtype(), burn::tensor::DType::F64);
    assert_same("f64", ours, burns_conv2d(half(x), weight, None));
}
