//! What can go wrong, as the page tells it.

/// One sentence for the visitor.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The device could not be opened.
    #[error(transparent)]
    Open(#[from] kernels::DeviceError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] bigan::ModelError),
    /// The photograph cannot be used.
    #[error(transparent)]
    Photo(#[from] images::DecodeError),
    /// No model is loaded yet.
    #[error("no model is loaded yet")]
    NoModel,
    /// More samples at once than the page may ask for.
    #[error("{0} samples are too many at once: ask for at most {max}", max = crate::inference::MAX_SAMPLES)]
    TooMany(usize),
    /// The device stopped answering. What was asked can be asked again on another device.
    #[error("the device failed: {0}")]
    Device(String),
}
