//! How fast 64x64 pictures come out of the forms they can be kept in, on one thread:
//! `cargo run --profile quick --workspace --example decode_speed -- PHOTO...` (without photos: drawn outfits).
//!
//! It is why prepared photographs are kept as plain pixels (PPM): they take more room than PNG, and nothing to read.
//! JPEG would be smaller still, but not the same pixels.

use std::hint::black_box;
use std::time::Instant;

use image::codecs::jpeg::JpegEncoder;
use images::{Fit, Limits, RgbImage, decode, png, square, to_signed};

/// Drawn outfits, where no photos are named.
const DRAWN: u64 = 500;
/// Pictures read in each measurement.
const READ: usize = 10_000;

fn main() {
    let limits = Limits::default();
    let mut pictures: Vec<RgbImage> = std::env::args()
        .skip(1)
        .filter_map(|path| decode(&std::fs::read(path).ok()?, &limits).ok())
        .map(|photo| square(&photo, 64, Fit::Pad))
        .collect();
    if pictures.is_empty() {
        let drawn = (0..DRAWN).map(|seed| square(&outfits::outfit(seed, 192).image, 64, Fit::Pad));
        pictures.extend(drawn);
    }
    let pngs: Vec<Vec<u8>> = pictures.iter().map(png).collect();
    let jpegs: Vec<Vec<u8>> = pictures.iter().map(jpeg).collect();
    let pixels: Vec<Vec<u8>> = pictures.iter().map(|picture| picture.to_vec()).collect();
    println!(
        "{:>8} {:>12} {:>14} {:>20}",
        "", "bytes each", "images/s", "images/s as numbers"
    );
    measure("PNG", &pngs, |bytes| decode(bytes, &limits).ok());
    measure("JPEG 95", &jpegs, |bytes| decode(bytes, &limits).ok());
    measure("pixels", &pixels, |bytes| {
        RgbImage::from_raw(64, 64, bytes.to_vec())
    });
}

/// Prints the speed of `read` alone, and followed by what a batch needs.
fn measure(name: &str, files: &[Vec<u8>], read: impl Fn(&[u8]) -> Option<RgbImage>) {
    let bytes: usize = files.iter().map(Vec::len).sum();
    let speed = |numbers: bool| {
        let began = Instant::now();
        for file in files.iter().cycle().take(READ) {
            let picture = read(file);
            if numbers {
                black_box(picture.as_ref().map(to_signed));
            }
            black_box(picture);
        }
        READ as f64 / began.elapsed().as_secs_f64()
    };
    println!(
        "{name:>8} {:>12} {:>14.0} {:>20.0}",
        bytes / files.len(),
        speed(false),
        speed(true)
    );
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory fails for an empty picture only.
    let _ = JpegEncoder::new_with_quality(&mut bytes, 95).encode_image(picture);
    bytes
}
