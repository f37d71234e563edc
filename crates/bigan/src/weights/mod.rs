//! The networks' weights in and out: safetensors files with PyTorch's names.

mod decode;
mod encode;

pub use decode::{decode, read};
pub use encode::encode;
pub use inference::weights::*;

use burn::module::Module;
use inference::layers::TensorShape;

/// The names and shapes of a network's tensors, as PyTorch has them and in the order of the layers; allocates none.
pub fn shapes<M: Module>(network: &M) -> Vec<TensorShape> {
    crate::named::slots(network)
}
