//! What can go wrong in either program, in the page's words.

/// One sentence for the visitor.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// A device that the page does not have.
    #[error("`{0}` is neither cpu nor webgpu")]
    UnknownDevice(String),
    /// Numbers that are not whole codes.
    #[error("{0} numbers are not whole codes: a code of this model has {1}")]
    NoCodes(usize, usize),
    /// A picture that is not one of the networks'.
    #[error("a picture of {0} bytes is not {1}x{1} pixels of red, green, blue and alpha")]
    NoPicture(usize, usize),
    /// A zip archive cannot be written or read.
    #[error("the archive cannot be used: {0}")]
    Archive(String),
    /// The device stopped answering. What was asked can be asked again on another device.
    #[error("the device failed: {0}")]
    Device(String),
}
