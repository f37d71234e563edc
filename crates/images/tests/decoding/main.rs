//! Decoding photographs: every format, every orientation, every kind of damage.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

mod apart;
mod cases;
mod cmyk;
mod colour;
mod damaged;
mod fixtures;
mod formats;
mod interlaced;
mod orientation;
mod real;
