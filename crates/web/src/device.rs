//! The device that JavaScript names.

use std::str::FromStr;

use crate::WebError;

/// Where a program computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// On the processor.
    Cpu,
    /// On the browser's graphics adapter.
    WebGpu,
}

impl FromStr for Device {
    type Err = WebError;

    fn from_str(name: &str) -> Result<Self, WebError> {
        match name {
            "cpu" => Ok(Self::Cpu),
            "webgpu" => Ok(Self::WebGpu),
            other => Err(WebError::UnknownDevice(other.to_owned())),
        }
    }
}
