//! Which of Burn's backends holds a device's tensors.

use burn::backend::{CubeDevice, DispatchDevice};
use burn::tensor::Device;

/// Whether tensors on `device` lie in the CPU's memory, with autodiff or without.
pub(crate) fn is_cpu(device: &Device) -> bool {
    let device = device.clone().without_autodiff();
    matches!(device.as_dispatch(), DispatchDevice::Flex(_))
}

/// The wgpu device behind `device`, with autodiff or without: one that runs our WGSL. `None` for every other
/// device.
pub(crate) fn wgpu(device: &Device) -> Option<CubeDevice> {
    let device = device.clone().without_autodiff();
    match device.as_dispatch() {
        DispatchDevice::Cube(device @ CubeDevice::Wgpu(_)) => Some(device.clone()),
        _ => None,
    }
}
