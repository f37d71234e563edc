//! Weights in and out: safetensors files with PyTorch's names, and the `model.json` that describes them.

mod card;
mod decode;
mod encode;
mod error;

pub use card::{
    Dataset, Evaluation, FILES, ModelCard, Packed, Training, WeightFile, hexadecimal, sha256,
};
pub use decode::decode;
pub use encode::encode;
pub use error::ModelError;

pub(crate) use card::{card_text, not_a_card, version};
pub(crate) use decode::{floats_of, optional_floats};
pub(crate) use encode::{Entry, serialize};

use burn::module::Module;
use safetensors::Dtype;
use serde::{Deserialize, Serialize};

/// The names and shapes of a network's tensors, as PyTorch has them and in the order of the layers; allocates none.
pub fn shapes<M: Module>(network: &M) -> Vec<(String, Vec<usize>)> {
    let slots = crate::named::slots(network).into_iter();
    slots.map(|slot| (slot.name, slot.shape)).collect()
}

/// How kernels and matrices are stored. Biases, batch norms and scales are always f32: they are small and matter most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
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

impl std::str::FromStr for Precision {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "f32" => Ok(Self::F32),
            "f16" => Ok(Self::F16),
            "int8" => Ok(Self::Int8),
            other => Err(format!("`{other}` is none of f32, f16 and int8")),
        }
    }
}

impl std::fmt::Display for Precision {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::F32 => "f32",
            Self::F16 => "f16",
            Self::Int8 => "int8",
        })
    }
}

/// What is appended to a tensor's name for its int8 scales.
const SCALE: &str = ".scale";
