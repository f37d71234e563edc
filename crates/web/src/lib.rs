//! What the page's worker calls: photographs in, pictures out.
//!
//! [`Inference`], [`Refining`] and [`training::Training`] are the work itself and run anywhere. In wasm only, `session` and
//! `training_session` hand it to JavaScript, `codes` the mathematics of codes, and `animation` the GIF encoder. What these
//! export, with its types, is what wasm-bindgen writes into `web.d.ts`; the page's types come from there.

#[cfg(target_family = "wasm")]
mod animation;
mod archive;
#[cfg(target_family = "wasm")]
mod codes;
mod cutout;
#[cfg(target_family = "wasm")]
mod device;
mod error;
#[cfg(target_family = "wasm")]
mod from_js;
mod inference;
mod model;
mod publish;
mod refining;
#[cfg(target_family = "wasm")]
mod session;
#[cfg(target_family = "wasm")]
mod start;
#[cfg(target_family = "wasm")]
mod to_js;
pub mod training;
#[cfg(target_family = "wasm")]
mod training_session;
mod view;

pub use archive::{NamedFile, pack, unpack};
pub use cutout::CutoutFiles;
#[cfg(target_family = "wasm")]
pub use device::open as open_device;
pub use error::WebError;
#[cfg(target_family = "wasm")]
pub use from_js::model_files;
pub use inference::{Embedding, Graphics, Inference, Reconstruction, Sample};
pub use model::ModelFiles;
pub use publish::{Sees, publish, publish_run};
pub use refining::{Refined, Refining};
