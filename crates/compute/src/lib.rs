//! What inference and training share, without Burn: GPUs, the shaders and how their work is divided, and passes over
//! values on the CPU.
//!
//! | module | what it owns |
//! |---|---|
//! | `adapter` | finding a GPU and starting it: the feature `gpu` |
//! | [`shaders`] | the table of `shaders/`: texts, bindings, and the structs that mirror theirs |
//! | [`shader`] | one of them with its settings, ready to compile |
//! | [`forward`] | a layer's operation, its variants, and where its values and weights lie |
//! | [`backward`] | the variants of the weight gradient, and workgroups that reduce a channel |
//! | [`catalogue`] | every shader that the program can make |
//! | [`layers`] | layers on the CPU with weights made ready once |
//! | [`winograd`] | minimal filtering for kernels of 5, and products of matrices |
//! | [`vectors`], [`share`], [`scratch`] | a core's vectors, the cores, and their memory |

#[cfg(feature = "gpu")]
pub mod adapter;
pub mod backward;
pub mod catalogue;
pub mod forward;
pub mod layers;
pub mod scratch;
pub mod shader;
pub mod shaders;
pub mod share;
pub mod vectors;
pub mod winograd;

#[cfg(feature = "gpu")]
pub use adapter::{Gpu, GpuError};
pub use forward::{Activation, DataType, Layout, Operation, Reduction, Variant};

/// The version of wgpu that devices come from.
#[cfg(feature = "gpu")]
pub use wgpu;

/// Slope of the networks' leaky ReLU below zero. `shaders/parts/activation.wgsl` repeats it, and a test compares the
/// two.
pub const LEAKY_SLOPE: f64 = 0.2;
/// What the networks' batch normalization adds to a variance: Burn's and PyTorch's default.
pub const NORM_EPSILON: f64 = 1e-5;
