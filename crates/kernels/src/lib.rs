//! The arithmetic below the networks: the devices it runs on, and the convolutions that are ours.

mod activation;
mod adam;
mod adapter;
mod choice;
mod dense;
mod device;
#[cfg(test)]
mod emulated;
#[cfg(not(feature = "cuda"))]
mod forward;
#[cfg(not(feature = "cuda"))]
pub mod inference;
mod scratch;
#[cfg(not(feature = "cuda"))]
mod shader;
mod share;
mod stride2;
mod vectors;

pub use activation::{NormLeaky, leaky, norm_leaky};
pub use adam::{AdamRates, Moments, adam};
pub use choice::{DeviceChoice, DeviceError};
pub use device::{DeviceKindName, OpenDevice, open};
#[cfg(not(feature = "cuda"))]
pub use forward::{Layout, Operation, Variant};
pub use stride2::{conv_transpose2d, conv2d};
