//! What the page's two programs, `viewer` and `workshop`, share at their boundary to JavaScript.
//!
//! Folders as archives, pictures and the errors of both run anywhere; the rest is for wasm only.

mod archive;
mod device;
mod error;
#[cfg(target_family = "wasm")]
pub mod from_js;
mod picture;
#[cfg(target_family = "wasm")]
mod start;
#[cfg(target_family = "wasm")]
pub mod to_js;

pub use archive::{NamedFile, borrowed, pack, unpack};
pub use device::Device;
pub use error::WebError;
pub use picture::rgb;
