//! WebP, lossy and lossless.

use std::io::{Cursor, ErrorKind};

use image::RgbImage;
use image_webp::{DecodingError, WebPDecoder};

use super::{DecodeError, Format, Limits, check_size, on_white, turn_as};
use crate::colour::Colours;

const FORMAT: Format = Format::WebP;

/// Decodes a WebP file, the first picture of an animation, to sRGB and turns it as its EXIF orientation says.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, DecodeError> {
    if shorter_than_it_says(bytes) {
        return Err(DecodeError::Truncated { format: FORMAT });
    }
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(explain)?;
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    // What cannot be read beside the picture is no reason to refuse the picture itself.
    let exif = decoder.exif_metadata().ok().flatten();
    let profile = decoder.icc_profile().ok().flatten();
    let colours = profile.and_then(|profile| Colours::of_profile(&profile, false));
    let transparent = decoder.has_alpha();
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap_or(0)];
    decoder.read_image(&mut pixels).map_err(explain)?;
    if transparent {
        opaque(&mut pixels, colours.as_ref());
    } else if let Some(colours) = colours {
        colours.apply(&mut pixels);
    }
    let image = RgbImage::from_raw(width, height, pixels).ok_or_else(|| DecodeError::Damaged {
        format: FORMAT,
        reason: "fewer pixels than its header announces".to_owned(),
    })?;
    Ok(turn_as(image, exif.as_deref()))
}

/// Red, green, blue and alpha to colours on white, in the same memory.
fn opaque(pixels: &mut Vec<u8>, colours: Option<&Colours>) {
    let count = pixels.len() / 4;
    for place in 0..count {
        let from = 4 * place;
        let colour = [pixels[from], pixels[from + 1], pixels[from + 2]];
        let colour = colours.map_or(colour, |colours| colours.of(colour));
        let laid = on_white(colour, pixels[from + 3]);
        pixels[3 * place..3 * place + 3].copy_from_slice(&laid);
    }
    pixels.truncate(3 * count);
}

/// Whether a WebP file ends before the length in its own header; the byte of padding at the end may be missing.
///
/// The decoder would call such a file corrupt, which is true but does not say what to do about it.
fn shorter_than_it_says(bytes: &[u8]) -> bool {
    let Some(&[a, b, c, d]) = bytes.get(4..8) else {
        return true;
    };
    let announced = u64::from(u32::from_le_bytes([a, b, c, d])) + 8;
    (bytes.len() as u64) + 1 < announced
}

fn explain(error: DecodingError) -> DecodeError {
    let format = FORMAT;
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => {
            DecodeError::Truncated { format }
        }
        error => DecodeError::Damaged {
            format,
            reason: error.to_string(),
        },
    }
}
