//! The operations of Burn that are ours, with their gradients, and the devices they run on.

mod activation;
mod adam;
mod backend;
mod choice;
mod dense;
mod device;
#[cfg(test)]
mod emulated;
mod frozen;
mod geometry;
mod gpu;
mod mean;
mod measure;
mod penalty;
mod problem;
mod product;
mod ranks;
mod registry;
pub mod roofline;
mod stride2;
pub mod survey;
#[cfg(not(target_arch = "wasm32"))]
mod threads;
pub mod tune;

pub use activation::{NormLeaky, Normalization, leaky, norm_leaky, sums_over_processes, tanh};
pub use adam::{AdamRates, Moments, Parameter, adam, descend, descend_all, moves_together};
pub use choice::{DeviceChoice, DeviceError};
pub use device::{DeviceKindName, OpenDevice, open, open_among};
pub use frozen::{FrozenConvolution, FrozenLinear};
pub use mean::mean_towards;
pub use penalty::{cross_entropy, pseudo_huber, softplus};
pub use problem::{ConvolutionOperation, ConvolutionProblem};
pub use product::{linear, linear_leaky, product};
pub use ranks::{AllReduce, Others};
pub use stride2::{conv_transpose2d, conv2d};
#[cfg(not(target_arch = "wasm32"))]
pub use threads::on_computing_thread;
