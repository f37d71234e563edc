//! The arithmetic below the networks: the devices it runs on, and the convolutions that are ours.

mod adapter;
mod choice;
mod device;
#[cfg(test)]
mod emulated;
#[cfg(not(feature = "cuda"))]
mod shader;
mod stride2;

pub use choice::{DeviceChoice, DeviceError};
pub use device::{DeviceKindName, OpenDevice, open};
pub use stride2::{conv_transpose2d, conv2d};
