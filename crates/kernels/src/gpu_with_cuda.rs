//! The operations on GPUs in a build with the feature `cuda`, where Burn's fusion holds the tensors: all of them are
//! Burn's. Without that feature `gpu.rs` stands in this file's place.

use burn::backend::fusion::{Fusion, FusionBackend};
use burn::tensor::{Device, DeviceType, Tensor};
use burn_wgpu::CubeBackend;

use crate::AdamRates;
use crate::choice::DeviceError;
use crate::problem::ConvolutionProblem;
use crate::stride2::backend::{Stride2, Stride2Gradients};

impl Stride2 for CubeBackend {}

impl Stride2Gradients for CubeBackend {}

impl<B: FusionBackend + Stride2> Stride2Gradients for Fusion<B> {}

/// There are no variants to choose between.
pub(crate) const TUNED_SHADERS: [&str; 0] = [];

/// Only Burn computes the problem.
pub(crate) fn offered(_: &ConvolutionProblem, _: Option<[u32; 2]>) -> Vec<bool> {
    Vec::new()
}

/// Adam's step is tensor operations here.
pub(crate) fn adam(_: [&Tensor<1>; 3], _: &AdamRates) -> Option<[Tensor<1>; 3]> {
    None
}

/// The product is Burn's.
pub(crate) fn product(_: &Tensor<2>, _: &Tensor<2>) -> Option<Tensor<2>> {
    None
}

/// The NVIDIA card with this index, and its name.
pub(crate) fn cuda(index: usize) -> Result<(Device, String), DeviceError> {
    // Only asks; `Device::cuda` itself panics at the first tensor where there is no driver.
    let found = Device::enumerate(DeviceType::Cuda).len();
    if index >= found {
        return Err(DeviceError::NoCudaCard { index, found });
    }
    let device = Device::cuda(index);
    let name = device.identity().map(|card| card.name);
    Ok((
        device,
        name.unwrap_or_else(|| format!("CUDA device {index}")),
    ))
}
