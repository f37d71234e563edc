//! Codes made of codes: between two, between four, further along a direction, like photographs'.
//!
//! A code is `latent` numbers. Nothing here needs a device: what is cheap for 100 numbers is the same on every machine,
//! so that the native program and the page walk through the same pictures.

mod blend;
mod directions;
mod eigen;
mod gaussian;
mod mixture;
mod unnamed;
mod walk;

pub use blend::{mix, moved, transfer};
pub use directions::{Direction, Directions, DirectionsError, Kind};
pub use gaussian::Gaussian;
pub use mixture::Mixture;
pub use unnamed::{axes, first_layer};
pub use walk::{Easing, Interpolation, Walk, between};
