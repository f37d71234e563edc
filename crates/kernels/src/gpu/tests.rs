//! The shaders of convolutions, variant by variant, against Burn's operations on the CPU.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::{Device, Tensor};
use burn_wgpu::CubeBackend;

use super::convolution::Plan;
use super::{compiles, weight_gradient};
use crate::device::hand_to_burn;
use crate::emulated::{on_emulated_gpu, on_emulated_gpus};
use crate::geometry::Geometry;
use crate::problem::{ConvolutionOperation, ConvolutionProblem};
use crate::stride2::tests::{
    CASES, Case, assert_same, burns_conv2d, burns_transpose, gradients, operands, tensor,
};
use crate::{backend, registry};
use compute::adapter::{Reach, find, start_with};
use compute::backward::{WEIGHT_VARIANTS, WeightVariant};
use compute::{Operation, Variant, wgpu};
use pollster::block_on;

/// The weight gradient of `case`, a convolution, by a plan that `change` has had its hands on.
fn gradient_by_shader(
    case: Case,
    device: &Device,
    variant: WeightVariant,
    change: fn(&mut weight_gradient::Plan),
) -> Tensor<4> {
    let [b, _, o, ..] = case;
    let (image, weight, _) = operands(case, false, device);
    let g = Geometry::of_image(image.dims(), weight.dims()).unwrap();
    let map = tensor(4, [b, o, g.map_height(), g.map_width()], device);
    let image = image.try_into_primitive::<CubeBackend>().unwrap();
    let map = map.try_into_primitive::<CubeBackend>().unwrap();
    let mut plan = weight_gradient::Plan::new(&image, &g, variant).expect("the shader's");
    change(&mut plan);
    Tensor::from_primitive::<CubeBackend>(plan.run(image, map))
}

#[needs::gpu]
fn every_variant_of_the_weight_gradient_agrees_with_burns() {
    on_emulated_gpu(
        "gpu::tests::every_variant_of_the_weight_gradient_agrees_with_burns",
        |gpu| {
            let cases = CASES.iter().filter(|case| [3, 5].contains(&case[5]));
            for case in cases {
                let cpu = Device::flex();
                let expected = gradients(burns_conv2d, *case, false, &cpu).1;
                for variant in WEIGHT_VARIANTS {
                    let found = gradient_by_shader(*case, &gpu.device, variant, |_| ());
                    assert_same(&format!("{variant:?} {case:?}"), found, expected.clone());
                }
            }
        },
    );
}

#[needs::gpu]
fn the_weight_gradient_goes_on_in_further_rows_of_workgroups() {
    on_emulated_gpu(
        "gpu::tests::the_weight_gradient_goes_on_in_further_rows_of_workgroups",
        |gpu| {
            let case = [5, 13, 7, 7, 9, 5];
            let expected = gradients(burns_conv2d, case, false, &Device::flex()).1;
            for variant in [WEIGHT_VARIANTS[2], WEIGHT_VARIANTS[9]] {
                let found = gradient_by_shader(case, &gpu.device, variant, |plan| plan.most = 2);
                assert_same("two in a row", found, expected.clone());
            }
        },
    );
}

/// What the shader makes of the case after `adjust` has had its way with the plan, and that plan.
fn by_shader(
    operation: Operation,
    case: Case,
    device: &Device,
    adjust: impl Fn(&mut Plan),
) -> (Tensor<4>, Plan) {
    let transposed = matches!(operation, Operation::ConvTranspose2d { .. });
    let (x, weight, bias) = operands(case, transposed, device);
    let dims = (x.dims(), weight.dims());
    let x = x.try_into_primitive::<CubeBackend>().unwrap();
    let plan = match transposed {
        true => Plan::transposed(&x, &Geometry::of_map(dims.0, dims.1).unwrap()),
        false => Plan::strided(&x, &Geometry::of_image(dims.0, dims.1).unwrap()),
    };
    let mut plan = plan.expect("the shader's");
    adjust(&mut plan);
    let weight = weight.try_into_primitive::<CubeBackend>().unwrap();
    let bias = bias.try_into_primitive::<CubeBackend>().unwrap();
    let made = plan.run(x, weight, Some(bias));
    (Tensor::from_primitive::<CubeBackend>(made), plan)
}

/// Runs the case after `adjust` has had its way with the plan, and compares with Burn's operation on the CPU.
fn check(operation: Operation, case: Case, device: &Device, adjust: impl Fn(&mut Plan)) {
    let (ours, plan) = by_shader(operation, case, device, adjust);
    let transposed = matches!(operation, Operation::ConvTranspose2d { .. });
    let (x, weight, bias) = operands(case, transposed, &Device::flex());
    let burns = if transposed {
        burns_transpose
    } else {
        burns_conv2d
    };
    let what = format!("{operation:?} {:?} {case:?}", plan.variant);
    assert_same(&what, ours, burns(x, weight, Some(bias)));
}

/// With each sample's blocks apart, and with those of several side by side, which need not divide the batch.
fn check_alone_and_together(operation: Operation, case: Case, device: &Device, variant: Variant) {
    for together in [1, 3] {
        check(operation, case, device, |plan| {
            plan.variant = variant;
            plan.together = together;
        });
    }
}

#[needs::gpus]
fn every_variant_agrees_with_burn() {
    on_emulated_gpus("gpu::tests::every_variant_agrees_with_burn", |gpu| {
        let subgroups = gpu.gpu.as_ref().unwrap().subgroups();
        let offered = |variant: &&Variant| variant.is_offered(subgroups);
        for kernel in [3, 5] {
            let operation = Operation::Conv2d { kernel };
            for &variant in operation.variants().iter().filter(offered) {
                for case in [[2, 3, 5, 9, 7, kernel], [5, 17, 9, 4, 4, kernel]] {
                    check_alone_and_together(operation, case, &gpu.device, variant);
                }
            }
        }
        for kernel in [3, 5] {
            let operation = Operation::ConvTranspose2d { kernel };
            for &variant in operation.variants().iter().filter(offered) {
                for case in [[2, 3, 5, 9, 7, kernel], [5, 17, 3, 4, 4, kernel]] {
                    check_alone_and_together(operation, case, &gpu.device, variant);
                }
            }
        }
    });
}

/// A convolution of `case` by the shader, at most so many multiply-adds to a dispatch: its values, and how many dispatches.
fn in_parts(operation: Operation, case: Case, device: &Device, at_once: f64) -> (Vec<f32>, usize) {
    let (made, plan) = by_shader(operation, case, device, |plan| plan.at_once = at_once);
    let on = made.clone().try_into_primitive::<CubeBackend>().unwrap();
    let parts = plan.parts(&on).len();
    (made.try_into_vec_as().unwrap(), parts)
}

/// A slow device's driver would take a long dispatch for one that hangs.
#[needs::gpu]
fn what_is_long_is_dispatched_in_parts_and_stays_the_same() {
    on_emulated_gpu(
        "gpu::tests::what_is_long_is_dispatched_in_parts_and_stays_the_same",
        |gpu| {
            for operation in [
                Operation::Conv2d { kernel: 5 },
                Operation::ConvTranspose2d { kernel: 5 },
            ] {
                for case in [[150, 3, 5, 9, 7, 5], [9, 4, 16, 8, 8, 5]] {
                    let (whole, one) = in_parts(operation, case, &gpu.device, f64::INFINITY);
                    let (parts, several) = in_parts(operation, case, &gpu.device, 1.0);
                    assert!(one == 1 && several > 2, "{operation:?} {case:?}: {several}");
                    assert!(whole == parts, "{operation:?} {case:?}");
                }
            }
            let case = [3, 40, 30, 9, 7, 5];
            for variant in [WEIGHT_VARIANTS[0], WEIGHT_VARIANTS[9]] {
                let made = |change: fn(&mut weight_gradient::Plan)| -> Vec<f32> {
                    let made = gradient_by_shader(case, &gpu.device, variant, change);
                    made.try_into_vec_as().unwrap()
                };
                let parts = made(|plan| {
                    plan.at_once = 1.0;
                    assert!(plan.parts().len() > 2);
                });
                assert!(made(|_| ()) == parts, "the weight gradient, {variant:?}");
            }
        },
    );
}

/// A device that does not have what a variant asks for stands in for one whose compiler refuses it.
#[needs::gpu]
fn a_variant_that_does_not_compile_gives_way() {
    on_emulated_gpu(
        "gpu::tests::a_variant_that_does_not_compile_gives_way",
        |_| {
            let found = block_on(find(Reach::Vulkan)).unwrap();
            let none = (wgpu::Features::empty(), wgpu::Limits::default());
            let gpu = block_on(start_with(found, none.0, none.1)).unwrap();
            let device = hand_to_burn(gpu).unwrap().device;
            let case = [2, 3, 5, 9, 7, 5];
            let (x, weight, bias) = operands(case, false, &device);
            let geometry = Geometry::of_image(x.dims(), weight.dims()).unwrap();
            let problem = ConvolutionProblem {
                operation: ConvolutionOperation::Conv2d,
                geometry,
            };
            let variants = Operation::Conv2d { kernel: 5 }.variants();
            let in_subgroups = variants
                .iter()
                .position(|variant| !variant.is_offered(None));
            let wanted = in_subgroups.unwrap();
            let on = backend::wgpu(&device).unwrap();
            registry::choose(&on, problem, wanted);
            assert!(!compiles(&on, &problem, wanted) && compiles(&on, &problem, 0));
            let ours = crate::conv2d(x, weight, Some(bias));
            let (x, weight, bias) = operands(case, false, &Device::flex());
            assert_same("another", ours, burns_conv2d(x, weight, Some(bias)));
        },
    );
}

#[needs::gpu]
fn they_go_on_in_further_rows_of_workgroups() {
    on_emulated_gpu(
        "gpu::tests::they_go_on_in_further_rows_of_workgroups",
        |gpu| {
            let case = [3, 3, 70, 7, 9, 5];
            for operation in [
                Operation::Conv2d { kernel: 5 },
                Operation::ConvTranspose2d { kernel: 5 },
            ] {
                check(operation, case, &gpu.device, |plan| plan.most = 2);
            }
        },
    );
}
