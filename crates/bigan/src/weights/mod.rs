//! Weights in and out: safetensors files with PyTorch's names, and what every description of such files says.

mod decode;
mod description;
mod encode;
mod error;
mod file;

pub use decode::decode;
pub use description::Dataset;
pub use encode::encode;
pub use error::ModelError;
pub use file::{FILES, WeightFile, hexadecimal, sha256};

pub(crate) use decode::{floats_of, optional_floats};
pub(crate) use description::{card_text, not_a_card, version};
pub(crate) use encode::{Entry, serialize};

use burn::module::Module;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

use crate::names::UnknownName;

/// The names and shapes of a network's tensors, as PyTorch has them and in the order of the layers; allocates none.
pub fn shapes<M: Module>(network: &M) -> Vec<(String, Vec<usize>)> {
    let slots = crate::named::slots(network).into_iter();
    slots.map(|slot| (slot.name, slot.shape)).collect()
}

/// How kernels and matrices are stored. Biases, batch norms and scales are always f32: they are small and matter most.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Display, EnumString, VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_fn = UnknownName::of::<Self>, parse_err_ty = UnknownName)]
pub enum Precision {
    /// As trained.
    F32,
    /// Half the size; indistinguishable in the pictures.
    F16,
    /// A quarter: one scale per output row (first axis), in `NAME.scale`.
    Int8,
}

impl Precision {
    fn kernel_dtype(self) -> Dtype {
        match self {
            Self::F32 => Dtype::F32,
            Self::F16 => Dtype::F16,
            Self::Int8 => Dtype::I8,
        }
    }
}

/// What is appended to a tensor's name for its int8 scales.
const SCALE: &str = ".scale";
