//! What can be wrong with a model directory.

use safetensors::Dtype;

use crate::config::ConfigError;

/// Why a model cannot be read or written; each message names the file and the tensor or field.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ModelError {
    #[error("model.json is not a model description: {0}")]
    Card(String),
    #[error(
        "model.json has format {found}, and this version reads format {expected}; update stylewalk"
    )]
    Format { found: u64, expected: u64 },
    #[error("model.json, `networks`: {0}")]
    Networks(#[from] ConfigError),
    #[error("model.json, `files`: {0}")]
    Files(String),
    #[error("{file} is missing beside model.json")]
    FileMissing { file: String },
    #[error(
        "{file} has {found} bytes where model.json says {expected}: it is truncated or from another model"
    )]
    FileSize {
        file: String,
        expected: u64,
        found: u64,
    },
    #[error("{file} is damaged: its sha256 is not the one in model.json")]
    FileHash { file: String },
    #[error("{file} is not a safetensors file: {reason}")]
    Safetensors { file: String, reason: String },
    #[error("{file} has no tensor `{tensor}`")]
    TensorMissing { file: String, tensor: String },
    #[error("{file} has a tensor `{tensor}` that these networks do not have")]
    TensorUnknown { file: String, tensor: String },
    #[error(
        "{file}, tensor `{tensor}`: its shape is {found:?} where these networks need {expected:?}"
    )]
    TensorShape {
        file: String,
        tensor: String,
        expected: Vec<usize>,
        found: Vec<usize>,
    },
    #[error(
        "{file}, tensor `{tensor}`: it is stored as {found:?} where model.json promises {expected:?}"
    )]
    TensorDtype {
        file: String,
        tensor: String,
        expected: Dtype,
        found: Dtype,
    },
    #[error("{file}, tensor `{tensor}`: it holds a value that is not a number")]
    TensorNotFinite { file: String, tensor: String },
    #[error("{file}, tensor `{tensor}`: it holds a negative variance")]
    NegativeVariance { file: String, tensor: String },
    #[error("the device failed while the weights were read from it: {0}")]
    Device(String),
}
