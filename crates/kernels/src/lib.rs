//! The arithmetic below the networks: the devices it runs on, and the convolutions that are ours.

mod activation;
mod adam;
mod adapter;
mod case;
#[cfg(not(feature = "cuda"))]
mod channels;
mod choice;
mod dense;
mod device;
#[cfg(test)]
mod emulated;
#[cfg(not(feature = "cuda"))]
mod forward;
#[cfg(not(feature = "cuda"))]
mod frame;
#[cfg(not(feature = "cuda"))]
pub mod inference;
#[cfg(not(feature = "cuda"))]
mod parts;
mod product;
pub mod roof;
mod scratch;
#[cfg(not(feature = "cuda"))]
mod shader;
mod share;
mod stride2;
#[cfg(not(feature = "cuda"))]
pub mod tune;
mod vectors;

pub use activation::{NormLeaky, leaky, norm_leaky, tanh};
pub use adam::{AdamRates, Moments, adam, descend};
pub use case::{Case, Operands, Task, time};
pub use choice::{DeviceChoice, DeviceError};
pub use device::{DeviceKindName, OpenDevice, open};
#[cfg(not(feature = "cuda"))]
pub use forward::{Layout, Meeting, Number, Operation, Variant};
pub use product::{linear, product};
pub use stride2::{conv_transpose2d, conv2d};
