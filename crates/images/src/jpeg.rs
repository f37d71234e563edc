//! JPEG through `zune-jpeg`, the decoder that `image` uses too, with two settings that `image` does not offer:
//!
//! - strict: a scan that cannot be decoded, or runs out of bytes, is an error. `image` fills the rest with grey
//!   instead. Not even strict mode insists on the end-of-image marker, so [`survey`] looks for it first. (A file
//!   that somebody cut off and closed with that marker again is decoded as far as it goes.)
//! - no processor-specific code: the AVX2 and NEON paths round differently from the portable one, and the page
//!   (wasm) and the native program are to see the same pixels.

use crate::decode::{DecodeError, Format, Limits, check_size, turn};
use image::RgbImage;
use image::metadata::Orientation;
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// Decodes a JPEG file to RGB and turns it as its EXIF orientation says.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, DecodeError> {
    let survey = survey(bytes);
    let options = DecoderOptions::default()
        // Junk between two segments is harmless and common, but strict mode would refuse it.
        .set_strict_mode(!survey.junk)
        .set_use_unsafe(false)
        // Our own limit is on the product; JPEG itself allows 65535 each way.
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|error| explain(error, survey.complete))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| damaged("no size"))?;
    let (width, height) = (width as u32, height as u32); // both fit u16
    check_size(width, height, limits)?;
    if !survey.complete || survey.data < least_data(width, height) {
        return Err(truncated());
    }
    let pixels = decoder.decode().map_err(|error| explain(error, true))?;
    let orientation = decoder
        .exif()
        .and_then(|exif| Orientation::from_exif_chunk(exif))
        .unwrap_or(Orientation::NoTransforms);
    let image = RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| damaged("fewer pixels than its header announces"))?;
    Ok(turn(image, orientation))
}

/// What a walk along the markers shows.
#[derive(Debug, PartialEq)]
struct Survey {
    /// There is a scan, and the end-of-image marker follows the last one.
    complete: bool,
    /// There are bytes between segments that belong to none.
    junk: bool,
    /// Length of all scans, in bytes.
    data: usize,
}

/// The fewest bytes that can hold the scans of a picture: one bit for each of its 8x8 blocks.
///
/// A header that announces a huge picture over a few bytes is refused before its pixels are allocated.
fn least_data(width: u32, height: u32) -> usize {
    (width.div_ceil(8) as usize * height.div_ceil(8) as usize) / 8
}

/// Walks from marker to marker, over segments by their lengths and over scans by their bytes.
///
/// What comes after the end-of-image marker (previews, depth maps, a second picture) is not looked at.
fn survey(bytes: &[u8]) -> Survey {
    const START_OF_SCAN: u8 = 0xda;
    const END_OF_IMAGE: u8 = 0xd9;
    let mut found = Survey {
        complete: false,
        junk: false,
        data: 0,
    };
    let mut scans = 0;
    let mut at = 2; // after the start-of-image marker
    while let Some(next) = next_marker(bytes, at) {
        // After the first scan's header, bytes up to the next marker are picture data; before it, none belong there.
        let between = &bytes[at..next.position];
        if scans > 0 {
            found.data += between.len();
        } else {
            found.junk |= between.iter().any(|&byte| byte != 0xff);
        }
        at = next.position + 2;
        if next.code == END_OF_IMAGE {
            found.complete = scans > 0;
            break;
        }
        scans += usize::from(next.code == START_OF_SCAN);
        let Some(&[high, low]) = bytes.get(at..at + 2) else {
            break;
        };
        at += usize::from(u16::from_be_bytes([high, low]));
    }
    found
}

struct Marker {
    position: usize,
    code: u8,
}

/// The next marker at or after `from` that is neither a stuffed 0xff, nor fill, nor a restart within a scan.
fn next_marker(bytes: &[u8], from: usize) -> Option<Marker> {
    let tail = bytes.get(from..)?;
    tail.windows(2)
        .position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0x01 | 0xd0..=0xd7 | 0xff))
        .map(|offset| Marker {
            position: from + offset,
            code: tail[offset + 1],
        })
}

fn truncated() -> DecodeError {
    DecodeError::Truncated {
        format: Format::Jpeg,
    }
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::Damaged {
        format: Format::Jpeg,
        reason: reason.to_owned(),
    }
}

fn explain(error: DecodeErrors, complete: bool) -> DecodeError {
    match error {
        DecodeErrors::Unsupported(scheme) => DecodeError::Unsupported {
            format: Format::Jpeg,
            reason: format!("{scheme:?}"),
        },
        DecodeErrors::ExhaustedData => truncated(),
        // Without its end, a file may fail anywhere; that it is cut off is what helps to know.
        _ if !complete => truncated(),
        error => damaged(&sentence(&error)),
    }
}

/// The decoder's message on one line.
fn sentence(error: &DecodeErrors) -> String {
    let text = format!("{error:?}");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
