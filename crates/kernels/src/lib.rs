//! The arithmetic below the networks: the devices it runs on, and the convolutions that are ours.

mod adapter;
mod choice;
mod conv_transpose2d;
mod device;
#[cfg(test)]
mod emulated;
#[cfg(not(feature = "cuda"))]
mod shader;

pub use choice::{DeviceChoice, DeviceError};
pub use conv_transpose2d::conv_transpose2d;
pub use device::{DeviceKindName, OpenDevice, open};
