//! What can be wrong with a model directory, or with a directory of features.

use safetensors::Dtype;

use crate::config::ConfigError;
use crate::latent::DirectionsError;

/// Why a model cannot be read or written; each message names the file and the tensor or field.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say what the fields are")]
pub enum ModelError {
    #[error("{card} is not a description of networks: {reason}")]
    Card { card: &'static str, reason: String },
    #[error("{card} has format {found}, and this version reads format {expected}")]
    Format {
        card: &'static str,
        found: u64,
        expected: u64,
    },
    #[error("{card}, `{field}`: {error}")]
    Networks {
        card: &'static str,
        field: &'static str,
        error: ConfigError,
    },
    #[error("{card}, `{field}`: {reason}")]
    Field {
        card: &'static str,
        field: &'static str,
        reason: String,
    },
    #[error("{card} names no file {file}")]
    FileUnknown { card: &'static str, file: String },
    #[error("{file} is missing beside {card}")]
    FileMissing { card: &'static str, file: String },
    #[error(
        "{file} has {found} bytes where {card} says {expected}: it is truncated or from another model"
    )]
    FileSize {
        card: &'static str,
        file: String,
        expected: u64,
        found: u64,
    },
    #[error("{file} is damaged: its sha256 is not the one in {card}")]
    FileHash { card: &'static str, file: String },
    #[error("{file} does not hold this model's directions: {error}")]
    Directions {
        file: String,
        error: DirectionsError,
    },
    #[error(transparent)]
    Unnamed(DirectionsError),
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
        "{file}, tensor `{tensor}`: it is stored as {found:?} where its description says {expected:?}"
    )]
    TensorDtype {
        file: String,
        tensor: String,
        expected: Dtype,
        found: Dtype,
    },
    #[error("{file}, tensor `{tensor}`: {reason}")]
    TensorUnreadable {
        file: String,
        tensor: String,
        reason: String,
    },
    #[error("{file}, tensor `{tensor}`: it holds a value that is not a number")]
    TensorNotFinite { file: String, tensor: String },
    #[error("{file}, tensor `{tensor}`: it holds a negative variance")]
    NegativeVariance { file: String, tensor: String },
    #[error("the device failed while the weights were read from it: {0}")]
    Device(String),
}

impl ModelError {
    /// What a device said instead of the weights that it was asked for.
    pub fn device(reason: impl std::fmt::Display) -> Self {
        Self::Device(reason.to_string())
    }
}
