//! Pictures made in code, and their files.

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::webp::WebPEncoder;
use image::{DynamicImage, ImageEncoder, RgbImage};
use images::{DecodeError, Format, Limits};

/// Four corners of four colours, so that every turn and mirror can be told from every other.
pub fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        image::Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => [220, 30, 30],
            (false, true) => [30, 200, 40],
            (true, false) => [40, 50, 210],
            (false, false) => [240, 230, 90],
        })
    })
}

pub fn file(image: &DynamicImage, format: Format, exif: Option<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    match format {
        Format::Jpeg => write(JpegEncoder::new_with_quality(&mut bytes, 95), image, exif),
        Format::Png => write(PngEncoder::new(&mut bytes), image, exif),
        Format::WebP => write(WebPEncoder::new_lossless(&mut bytes), image, exif),
    }
    bytes
}

fn write(mut encoder: impl ImageEncoder, image: &DynamicImage, exif: Option<Vec<u8>>) {
    if let Some(exif) = exif {
        encoder.set_exif_metadata(exif).unwrap();
    }
    image.write_with_encoder(encoder).unwrap();
}

/// The smallest EXIF block there is: one entry, the orientation.
pub fn exif(orientation: u16) -> Vec<u8> {
    let mut block = b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01".to_vec();
    block.extend(orientation.to_be_bytes());
    block.extend([0; 6]); // the value's padding, and no further directory
    block
}

pub const FORMATS: [Format; 3] = [Format::Jpeg, Format::Png, Format::WebP];

pub fn decode(bytes: &[u8]) -> Result<RgbImage, DecodeError> {
    images::decode(bytes, &Limits::default())
}

/// Of a PNG chunk's name and data.
pub fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = !0u32;
    for &byte in bytes {
        crc ^= u32::from(byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

/// The largest difference between two pictures of the same size.
pub fn difference(a: &RgbImage, b: &RgbImage) -> u8 {
    assert_eq!(a.dimensions(), b.dimensions());
    let values = a.as_raw().iter().zip(b.as_raw());
    values.map(|(a, b)| a.abs_diff(*b)).max().unwrap_or(0)
}
