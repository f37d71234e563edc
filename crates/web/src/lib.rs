//! What the page's worker calls: photographs in, pictures out.
//!
//! [`Inference`] is the work itself and runs anywhere. `session`, in wasm only, hands it to JavaScript.

mod error;
mod inference;
#[cfg(target_family = "wasm")]
mod session;

pub use error::WebError;
pub use inference::{Graphics, Inference, Reconstruction, Sample};
