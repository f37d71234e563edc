//! The device that JavaScript names.

use compute::Gpu;
use compute::adapter::{Reach, find_for_little, start_for_shaders};
use web::Device;

use crate::ViewerError;

/// Opens `"cpu"`, which needs no opening, or `"webgpu"`.
///
/// # Errors
/// It is neither, or cannot be opened.
pub async fn open(device: &str) -> Result<Option<Gpu>, ViewerError> {
    match device.parse()? {
        Device::Cpu => Ok(None),
        Device::WebGpu => {
            let found = find_for_little(Reach::Any).await?;
            Ok(Some(start_for_shaders(found).await?))
        }
    }
}
