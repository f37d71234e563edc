//! Pictures that a few lines of Python make as well, for numbers from other implementations.

use image::{Rgb, RgbImage};

pub fn first(x: u32, y: u32, c: u32) -> u32 {
    (x * 7 + y * 13 + c * 29) % 256
}

/// The first picture with a pattern added to its middle tones.
pub fn second(x: u32, y: u32, c: u32) -> u32 {
    match first(x, y, c) {
        value @ 6..200 => value + x * y * (c + 1) % 23 - 5,
        value => value,
    }
}

pub fn picture(width: u32, height: u32, value: impl Fn(u32, u32, u32) -> u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([0, 1, 2].map(|c| value(x, y, c) as u8))
    })
}
