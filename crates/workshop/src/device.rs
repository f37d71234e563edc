//! The device that JavaScript names.

use kernels::{DeviceChoice, OpenDevice};
use web::Device;

use crate::WorkshopError;

/// Opens `"cpu"` or `"webgpu"`.
///
/// # Errors
/// It is neither, or cannot be opened.
pub async fn open(device: &str) -> Result<OpenDevice, WorkshopError> {
    let choice = match device.parse()? {
        Device::Cpu => DeviceChoice::Cpu,
        Device::WebGpu => DeviceChoice::Wgpu,
    };
    Ok(kernels::open(choice).await?)
}
