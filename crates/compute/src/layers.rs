//! Layers on the CPU whose weights are brought once into the order in which they are read, and those of convolutions with a
//! kernel of 5 into what [`crate::winograd`] multiplies with.
//!
//! Between layers all channels of a position lie side by side ([`Maps`]), so that every pass goes over them in vectors.

mod columns;
mod maps;
mod winograd;

pub use columns::Columns;
pub use maps::Maps;
use pulp::Simd;
pub use winograd::Winograd;

use crate::{Activation, LEAKY_SLOPE};

/// Values that stay in a core's cache, 1 MiB: a convolution goes over as many tiles at a time.
pub const CACHED: usize = 256 * 1024;

/// What a layer with this activation makes of its sums, but for the hyperbolic tangent, which [`Maps::end`] computes.
#[inline(always)]
fn activated<S: Simd>(simd: S, activation: Activation, sums: S::f32s) -> S::f32s {
    match activation {
        Activation::Leaky => {
            let slope = simd.splat_f32s(LEAKY_SLOPE as f32);
            simd.max_f32s(sums, simd.mul_f32s(sums, slope))
        }
        Activation::Identity | Activation::Tanh => sums,
    }
}
