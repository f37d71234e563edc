//! JPEG through `zune-jpeg`, the decoder that `image` uses too, with two settings that `image` does not offer:
//!
//! - strict: a scan that cannot be decoded, or runs out of bytes, is an error. `image` fills the rest with grey
//!   instead. Not even strict mode insists on the end-of-image marker, so [`survey`] looks for it first. (A file
//!   that somebody cut off and closed with that marker again is decoded as far as it goes.)
//! - no processor-specific code: the AVX2 and NEON paths round differently from the portable one, and the page
//!   (wasm) and the native program are to see the same pixels.
//!
//! A file whose components lie in scans of their own is first written anew as one scan ([`interleave`]).

mod bits;
mod frame;
mod huffman;
mod interleave;
mod survey;

use crate::colour::Colours;
use crate::decode::{DecodeError, Format, Limits, check_size, finished};
use frame::Broken;
use image::RgbImage;
use survey::{Frame, Survey, survey};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;

/// Decodes a JPEG file to sRGB and turns it as its EXIF orientation says.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, DecodeError> {
    let found = survey(bytes);
    if let Some(frame) = found.frame {
        check_size(frame.width.into(), frame.height.into(), limits)?;
        if let Some(reason) = frame.unusual() {
            let format = Format::Jpeg;
            return Err(DecodeError::Unsupported { format, reason });
        }
        if found.complete && frame.is_sequential() && found.together < frame.components {
            return apart(bytes, frame, &found, limits);
        }
    }
    decode_as_one(bytes, &found, limits)
}

/// Whether the file's frame is of a kind that is decoded here.
pub fn is_known(bytes: &[u8]) -> bool {
    survey(bytes)
        .frame
        .is_none_or(|frame| frame.unusual().is_none())
}

/// Decodes a file whose components lie in scans of their own.
fn apart(
    bytes: &[u8],
    frame: Frame,
    found: &Survey,
    limits: &Limits,
) -> Result<RgbImage, DecodeError> {
    if found.data < least_data(frame.width.into(), frame.height.into()) {
        return Err(truncated());
    }
    let one = interleave::interleave(bytes).map_err(|broken| match broken {
        Broken::Short => truncated(),
        Broken::Wrong(what) => damaged(what),
    })?;
    decode_as_one(&one, &survey(&one), limits)
}

fn decode_as_one(bytes: &[u8], found: &Survey, limits: &Limits) -> Result<RgbImage, DecodeError> {
    let options = DecoderOptions::default()
        // Junk between two segments is harmless and common, but strict mode would refuse it.
        .set_strict_mode(!found.junk)
        .set_use_unsafe(false)
        // Our own limit is on the product; JPEG itself allows 65535 each way.
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder
        .decode_headers()
        .map_err(|error| explain(error, found.complete))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| damaged("no size"))?;
    let (width, height) = (width as u32, height as u32); // both fit u16
    check_size(width, height, limits)?;
    if !found.complete || found.data < least_data(width, height) {
        return Err(truncated());
    }
    let pixels = decoder.decode().map_err(|error| explain(error, true))?;
    let image = RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| damaged("fewer pixels than its header announces"))?;
    let grey = found.frame.is_some_and(|frame| frame.components == 1);
    // That of inks is of tables, and passed over.
    let profile = decoder.icc_profile();
    let colours = profile.and_then(|profile| Colours::of_profile(&profile, grey));
    Ok(finished(image, colours, decoder.exif().map(Vec::as_slice)))
}

/// The fewest bytes that can hold the scans of a picture: one bit for each of its 8x8 blocks.
///
/// A header that announces a huge picture over a few bytes is refused before its pixels are allocated.
fn least_data(width: u32, height: u32) -> usize {
    (width.div_ceil(8) as usize * height.div_ceil(8) as usize) / 8
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
