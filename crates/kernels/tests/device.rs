//! Opening devices on whatever machine the test runs on: an answer or a sentence, never a panic.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use burn::tensor::Tensor;
use kernels::{DeviceChoice, DeviceError, DeviceKindName, open};

#[test]
fn the_cpu_is_always_there() {
    let cpu = pollster::block_on(open(DeviceChoice::Cpu)).expect("the CPU");
    assert_eq!(cpu.kind, DeviceKindName::Cpu);
    assert!(cpu.name.starts_with("CPU"), "{}", cpu.name);
    let sum = Tensor::<1>::from_floats([1.0, 2.5], &cpu.device).sum();
    assert_eq!(sum.into_scalar::<f32>(), 3.5);
}

#[test]
fn auto_never_takes_an_emulated_gpu() {
    let open = pollster::block_on(open(DeviceChoice::Auto)).expect("auto always finds something");
    assert_ne!(open.kind, DeviceKindName::SoftwareGpu, "{}", open.name);
}

#[cfg(not(feature = "cuda"))]
#[test]
fn without_cuda_the_error_says_how_to_get_it() {
    let error = pollster::block_on(open(DeviceChoice::Cuda(0))).expect_err("no CUDA in this build");
    assert!(matches!(error, DeviceError::NoCuda));
    assert!(error.to_string().contains("--features cuda"), "{error}");
}
