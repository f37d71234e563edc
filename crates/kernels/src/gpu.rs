//! The operations on GPUs, as WGSL on tensors of Burn's wgpu devices. On NVIDIA cards through CUDA they are Burn's.

mod activation;
mod adam;
mod channels;
mod convolution;
mod frozen;
mod launch;
mod mean;
mod padding;
mod penalty;
mod product;
mod split_k;
mod stride2;
#[cfg(test)]
mod tests;
mod together;
mod weight_gradient;

use burn::backend::CubeDevice;
use burn::tensor::Device;
#[cfg(feature = "cuda")]
use burn::tensor::DeviceType;
use compute::Operation;
use compute::backward::{self, WEIGHT_VARIANTS};

use crate::choice::DeviceError;
use crate::problem::{ConvolutionOperation, ConvolutionProblem};
use crate::registry;

pub(crate) use adam::{adam, descend_all};
pub(crate) use mean::mean;
pub(crate) use product::{linear, product};

/// The shaders between whose variants [`crate::tune`] chooses. Choices are worth keeping between programs only where
/// these are the same.
pub(crate) const TUNED_SHADERS: [&str; 13] = [
    include_str!("../../../shaders/conv2d.wgsl"),
    include_str!("../../../shaders/pack_conv2d.wgsl"),
    include_str!("../../../shaders/conv_transpose2d.wgsl"),
    include_str!("../../../shaders/pack_conv_transpose2d.wgsl"),
    include_str!("../../../shaders/conv2d_weight.wgsl"),
    include_str!("../../../shaders/conv2d_weight_staged.wgsl"),
    include_str!("../../../shaders/sum_split_k.wgsl"),
    include_str!("../../../shaders/parts/activation.wgsl"),
    include_str!("../../../shaders/parts/four_maps.wgsl"),
    include_str!("../../../shaders/parts/taps.wgsl"),
    include_str!("../../../shaders/parts/two_maps.wgsl"),
    include_str!("../../../shaders/parts/slices_in_workgroup.wgsl"),
    include_str!("../../../shaders/parts/slices_in_subgroup.wgsl"),
];

/// For each variant of ours, whether a device with such subgroups offers it. Empty where only Burn computes the
/// problem.
pub(crate) fn offered(problem: &ConvolutionProblem, subgroups: Option<[u32; 2]>) -> Vec<bool> {
    let forward = |operation: Operation| {
        let variants = operation.variants().iter();
        variants.map(|one| one.is_offered(subgroups)).collect()
    };
    let kernel = problem.geometry.kernel;
    match problem.operation {
        _ if kernel != 3 && kernel != 5 => Vec::new(),
        ConvolutionOperation::Conv2d => forward(Operation::Conv2d { kernel }),
        ConvolutionOperation::ConvTranspose2d => forward(Operation::ConvTranspose2d { kernel }),
        ConvolutionOperation::WeightGradient => {
            let variants = WEIGHT_VARIANTS.iter();
            variants.map(|one| one.is_offered(kernel)).collect()
        }
    }
}

/// The index of the variant that is taken for the problem before anything was measured.
pub(crate) fn guess(device: &CubeDevice, problem: &ConvolutionProblem) -> usize {
    let emulated = registry::facts(device).emulated;
    match problem.operation {
        ConvolutionOperation::Conv2d => {
            let kernel = problem.geometry.kernel;
            convolution::guess(problem, Operation::Conv2d { kernel }, emulated)
        }
        ConvolutionOperation::ConvTranspose2d => {
            let kernel = problem.geometry.kernel;
            convolution::guess(problem, Operation::ConvTranspose2d { kernel }, emulated)
        }
        ConvolutionOperation::WeightGradient => backward::first_guess(emulated),
    }
}

/// What tells variant `index` of the problem from the others; `None` for Burn's operation, after our last.
pub(crate) fn name(problem: &ConvolutionProblem, index: usize) -> Option<String> {
    let kernel = problem.geometry.kernel;
    let forward = |operation: Operation| operation.variants().get(index).map(ToString::to_string);
    match problem.operation {
        ConvolutionOperation::Conv2d => forward(Operation::Conv2d { kernel }),
        ConvolutionOperation::ConvTranspose2d => forward(Operation::ConvTranspose2d { kernel }),
        ConvolutionOperation::WeightGradient => {
            let variant = WEIGHT_VARIANTS.get(index)?;
            let (channels, invocations) = (variant.channels, variant.invocations);
            let staged = if variant.staged { ", staged" } else { "" };
            Some(format!(
                "{channels} channels, {invocations} invocations{staged}"
            ))
        }
    }
}

/// Whether the device's compiler takes variant `index` of the problem; Burn's operation has that number after our last.
pub(crate) fn compiles(device: &CubeDevice, problem: &ConvolutionProblem, index: usize) -> bool {
    let kernel = problem.geometry.kernel;
    let forward = |operation: Operation| {
        let variant = operation.variants().get(index);
        variant.map(|variant| operation.shader(*variant))
    };
    let shader = match problem.operation {
        ConvolutionOperation::Conv2d => forward(Operation::Conv2d { kernel }),
        ConvolutionOperation::ConvTranspose2d => forward(Operation::ConvTranspose2d { kernel }),
        ConvolutionOperation::WeightGradient => {
            let variant = WEIGHT_VARIANTS.get(index);
            variant.map(|variant| variant.shader(kernel))
        }
    };
    shader.is_none_or(|shader| launch::compiles(device, &shader))
}

/// The NVIDIA card with this index, and its name.
#[cfg(feature = "cuda")]
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

/// The NVIDIA card with this index, and its name: none in this build.
#[cfg(not(feature = "cuda"))]
pub(crate) fn cuda(_index: usize) -> Result<(Device, String), DeviceError> {
    Err(DeviceError::NoCuda)
}
