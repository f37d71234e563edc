//! What the page's worker calls: photographs in, pictures out.
//!
//! [`Inference`] is the work itself and runs anywhere. In wasm only, `session` hands it to JavaScript, `codes` the
//! mathematics of codes, and `animation` the GIF encoder.

#[cfg(target_family = "wasm")]
mod animation;
#[cfg(target_family = "wasm")]
mod codes;
mod error;
mod inference;
#[cfg(target_family = "wasm")]
mod session;
mod view;

pub use error::WebError;
pub use inference::{Graphics, Inference, Reconstruction, Sample};
