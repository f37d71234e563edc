//! The page's first program: photographs in, pictures out, and everything else but refining and training.
//!
//! [`Inference`] and [`Preparation`] are the work itself and run anywhere. In wasm only, `session` and `files` hand it to
//! JavaScript, `codes` the mathematics of codes, and `animation` the GIF encoder. What these export, with its types, is
//! what wasm-bindgen writes into `viewer.d.ts`; the page's types come from there.

#[cfg(target_family = "wasm")]
mod animation;
#[cfg(target_family = "wasm")]
mod codes;
#[cfg(target_family = "wasm")]
mod device;
mod error;
#[cfg(target_family = "wasm")]
mod files;
mod inference;
mod model;
mod preparation;
#[cfg(target_family = "wasm")]
mod session;
mod view;

#[cfg(target_family = "wasm")]
pub use device::open as open_device;
pub use error::ViewerError;
pub use inference::{Embedding, Graphics, Inference, Reconstruction, Sample};
pub use model::ModelFiles;
pub use preparation::Preparation;
