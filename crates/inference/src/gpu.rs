//! Layers on a GPU: activations lie in buffers that every call uses again, and layers are recorded into one submission
//! per request.
//!
//! [`Pipelines`] belongs to a device, a [`Graph`] to networks of one shape. A graph is built before its weights are
//! there, so that the device compiles shaders while they are still being downloaded; [`Graph::fill`] gives them to it.
//! Which variants of the shaders a graph takes is guessed at first, and measured by [`Graph::tune`].
//! All of it works on any device of wgpu, also on one that Burn shares.

mod graph;
mod pipelines;
mod present;
mod read;
pub mod survey;
#[cfg(test)]
pub(crate) mod tests;
mod tune;

pub use graph::{BufferId, Graph, LayerId, Place, Run};
pub use pipelines::Pipelines;
pub use present::Screen;

/// Why a network cannot run on a device, or has stopped running.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InferenceError {
    /// A buffer is larger than the device takes.
    #[error(
        "this model needs {bytes} bytes in one piece on the GPU, which takes {limit}: choose the device `cpu`, or a \
         model of a smaller width"
    )]
    TooLarge {
        /// The bytes needed.
        bytes: u64,
        /// The most bytes that the device takes.
        limit: u64,
    },
    /// The device's compiler refuses a shader in all of its variants.
    #[error(
        "the GPU's driver refuses the shader `{shader}` ({reason}): update the driver, or choose the device `cpu`"
    )]
    Compiler {
        /// The shader.
        shader: &'static str,
        /// What the compiler said.
        reason: String,
    },
    /// The device was lost or its results cannot be read.
    #[error("the GPU's results could not be read: {0}")]
    Lost(String),
    /// The canvas cannot be drawn on.
    #[error("the GPU cannot draw on this canvas: {0}")]
    Canvas(String),
}
