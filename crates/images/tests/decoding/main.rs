//! Decoding photographs: every format, every orientation, every kind of damage.

mod cmyk;
mod damaged;
mod fixtures;
mod formats;
mod orientation;
mod real;
