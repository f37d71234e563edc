//! The arithmetic below the networks: the devices it runs on, and the convolutions that are ours.

mod adapter;
mod device;

pub use device::{DeviceChoice, DeviceError, DeviceKindName, OpenDevice, open};
