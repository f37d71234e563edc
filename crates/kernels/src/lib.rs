//! The arithmetic below the networks: the devices it runs on, and the operations that are ours.
#![cfg_attr(
    feature = "cuda",
    allow(
        dead_code,
        reason = "what only `gpu.rs` calls, which that feature leaves out"
    )
)]

mod activation;
mod adam;
mod adapter;
mod backend;
mod choice;
mod dense;
mod device;
#[cfg(test)]
mod emulated;
mod forward;
mod geometry;
#[cfg(not(feature = "cuda"))]
mod gpu;
#[cfg(feature = "cuda")]
#[path = "gpu_with_cuda.rs"]
mod gpu;
pub mod inference;
mod measure;
mod problem;
mod product;
mod registry;
pub mod roofline;
mod scratch;
mod shader;
mod share;
mod stride2;
pub mod tune;
mod vectors;
mod winograd;

pub use activation::{LEAKY_SLOPE, NORM_EPSILON, NormLeaky, leaky, norm_leaky, tanh};
pub use adam::{AdamRates, Moments, adam, descend};
pub use choice::{DeviceChoice, DeviceError};
pub use device::{DeviceKindName, OpenDevice, open};
pub use forward::{DataType, Layout, Operation, Reduction, Variant};
pub use problem::{ConvolutionOperation, ConvolutionProblem};
pub use product::{linear, product};
pub use stride2::{conv_transpose2d, conv2d};
