//! The page's second program: refining and training, with Burn, and saving a model with more directions; fetched when
//! somebody first asks for one of them.
//!
//! [`Refining`] and [`training::Training`] are the work itself and run anywhere. In wasm only, `session` and `files` hand
//! it to JavaScript. What these export, with its types, is what wasm-bindgen writes into `workshop.d.ts`; the page's types
//! come from there.

mod cutout;
#[cfg(target_family = "wasm")]
mod device;
mod error;
#[cfg(target_family = "wasm")]
mod files;
mod publish;
mod refining;
#[cfg(target_family = "wasm")]
mod session;
pub mod training;

pub use cutout::CutoutFiles;
#[cfg(target_family = "wasm")]
pub use device::open as open_device;
pub use error::WorkshopError;
pub use publish::{Sees, publish, publish_run};
pub use refining::{Asked, Refined, Refining};
