//! The page's first program: photographs in, pictures out, and all that is done with codes. What takes gradients, and what
//! nobody waits for, is the second's, the workshop's: a first picture waits for every byte of this one.
//!
//! The work itself is [`inference::Model`]'s, and [`Preparation`]'s. In wasm only, `session` and `files` hand it to
//! JavaScript, `codes` and `directions` the mathematics of codes, and `animation` the GIF encoder. What these export, with its types, is
//! what wasm-bindgen writes into `viewer.d.ts`; the page's types come from there.

#[cfg(target_family = "wasm")]
mod animation;
#[cfg(target_family = "wasm")]
mod codes;
#[cfg(target_family = "wasm")]
mod device;
#[cfg(target_family = "wasm")]
mod directions;
mod error;
#[cfg(target_family = "wasm")]
mod files;
mod preparation;
#[cfg(target_family = "wasm")]
mod session;

#[cfg(target_family = "wasm")]
pub use device::open as open_device;
pub use error::ViewerError;
pub use preparation::Preparation;
