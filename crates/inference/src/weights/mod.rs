//! Weights in and out: safetensors files with PyTorch's names, and what every description of such files says.

mod description;
mod entries;
mod error;
mod file;
mod stored;
mod tensors;

pub use description::{Dataset, card_text, not_a_card, version};
pub use entries::{Entry, serialize};
pub use error::ModelError;
pub use file::{FILES, WeightFile, hexadecimal, sha256};
pub use stored::StoredTensors;
pub use tensors::Tensors;

use safetensors::Dtype;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

use crate::names::UnknownName;

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
    /// A quarter: one scale per output channel, in `NAME.scale`. Kernels of few values are f16.
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

/// What is appended to a tensor's name for its int8 scales. They have the tensor's rank, and size 1 wherever all values
/// share one: `[out, 1, 1, 1]` of a convolution, `[1, out, 1, 1]` of a transposed one. Files of earlier versions have
/// `[rows]`, for the first axis whatever it is.
const SCALE: &str = ".scale";
