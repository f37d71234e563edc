//! A photograph file to 8-bit RGB, within limits, and why it may not be one.

use crate::jpeg;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::error::ImageError;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, RgbImage};
use std::error::Error;
use std::io::{self, Cursor};

/// How much a file may ask for. Checked on the file's length and its header, before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, in bytes.
    pub max_bytes: usize,
    /// Largest picture, width times height. Decoded samples may take four bytes for each of these pixels, so a
    /// picture of 16 bits and four channels may have half as many.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 64 MiB and 64 million pixels: more than phones take, less than a browser tab has.
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_pixels: 64_000_000,
        }
    }
}

/// The formats that are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Format {
    /// Baseline and progressive JPEG: grey, RGB, YCbCr, CMYK and YCCK.
    #[strum(to_string = "JPEG")]
    Jpeg,
    /// PNG of any colour type and depth.
    #[strum(to_string = "PNG")]
    Png,
    /// Lossy and lossless WebP; the first picture of an animation.
    WebP,
}

/// Why a file is no usable photograph. Each is one sentence that says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Nothing in it.
    #[error("the file is empty; choose a JPEG, PNG or WebP photo")]
    Empty,
    /// Longer than [`Limits::max_bytes`].
    #[error("the file has {bytes} bytes, more than the limit of {limit}; choose a smaller photo")]
    TooManyBytes {
        /// The file's length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// Its first bytes are those of something else.
    #[error(
        "this is {looks_like}, not a photo that can be read here; choose a JPEG, PNG or WebP file"
    )]
    NotAPhoto {
        /// What it seems to be, with its article.
        looks_like: &'static str,
    },
    /// The header announces more than [`Limits::max_pixels`] allows.
    #[error(
        "the picture is {width} x {height}, more than the limit of {limit} pixels; make it smaller first"
    )]
    TooManyPixels {
        /// Width in the header.
        width: u32,
        /// Height in the header.
        height: u32,
        /// The limit.
        limit: u64,
    },
    /// The end is missing.
    #[error("the {format} file is cut off before its end; copy or download it again")]
    Truncated {
        /// What the file is.
        format: Format,
    },
    /// Something inside it is wrong.
    #[error("the {format} file is damaged ({reason}); copy or download it again")]
    Damaged {
        /// What the file is.
        format: Format,
        /// What the decoder met.
        reason: String,
    },
    /// A variant of the format that nobody wrote a decoder for.
    #[error(
        "this kind of {format} is not supported ({reason}); save it as an ordinary JPEG or PNG"
    )]
    Unsupported {
        /// What the file is.
        format: Format,
        /// What is unusual about it.
        reason: String,
    },
}

/// Decodes a JPEG, PNG or WebP photo, recognised by its content, to 8-bit RGB.
///
/// EXIF orientation is applied (once: the result needs no further turning), transparency is laid on white, 16 bit
/// becomes 8, grey and CMYK become RGB. Colour profiles are not applied.
///
/// # Errors
/// A file that is empty, too long, too large, of another kind, cut off or damaged: see [`DecodeError`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, DecodeError> {
    if bytes.is_empty() {
        return Err(DecodeError::Empty);
    }
    if bytes.len() > limits.max_bytes {
        return Err(DecodeError::TooManyBytes {
            bytes: bytes.len(),
            limit: limits.max_bytes,
        });
    }
    let format = recognise(bytes)?;
    match format {
        Format::Jpeg => jpeg::decode(bytes, limits),
        Format::Png => {
            let decoder = PngDecoder::with_limits(Cursor::new(bytes), allocation(limits))
                .map_err(|error| explain(format, error))?;
            finish(decoder, format, limits)
        }
        Format::WebP => {
            if shorter_than_it_says(bytes) {
                return Err(DecodeError::Truncated { format });
            }
            let decoder =
                WebPDecoder::new(Cursor::new(bytes)).map_err(|error| explain(format, error))?;
            finish(decoder, format, limits)
        }
    }
}

/// Refuses a header's size before anything of that size is allocated.
pub(crate) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), DecodeError> {
    if u64::from(width) * u64::from(height) <= limits.max_pixels {
        return Ok(());
    }
    Err(DecodeError::TooManyPixels {
        width,
        height,
        limit: limits.max_pixels,
    })
}

/// Turns the picture as its EXIF orientation says.
pub(crate) fn turn(image: RgbImage, orientation: Orientation) -> RgbImage {
    let mut image = DynamicImage::ImageRgb8(image);
    image.apply_orientation(orientation);
    image.into_rgb8()
}

fn finish(
    mut decoder: impl ImageDecoder,
    format: Format,
    limits: &Limits,
) -> Result<RgbImage, DecodeError> {
    let (width, height) = decoder.dimensions();
    check_size(width, height, limits)?;
    if decoder.total_bytes() > decoded_bytes(limits) {
        return Err(DecodeError::TooManyPixels {
            width,
            height,
            limit: limits.max_pixels / 2,
        });
    }
    decoder
        .set_limits(allocation(limits))
        .map_err(|error| explain(format, error))?;
    // Unreadable EXIF is no reason to refuse the picture itself.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| explain(format, error))?;
    Ok(turn(on_white(image), orientation))
}

/// What `image` may allocate, should a header that passed the check still lead it further.
fn allocation(limits: &Limits) -> image::Limits {
    let mut allowed = image::Limits::no_limits();
    // The samples, and as much again for the decoder's own rows and tables.
    allowed.max_alloc = Some(decoded_bytes(limits).saturating_mul(2).max(1 << 20));
    allowed
}

fn decoded_bytes(limits: &Limits) -> u64 {
    limits.max_pixels.saturating_mul(4)
}

/// Lays transparency on white and drops it.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut opaque = RgbImage::new(image.width(), image.height());
    for (to, from) in opaque.pixels_mut().zip(image.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        to.0 = [red, green, blue].map(|value| {
            let mixed = (value * alpha + 255 * (255 - alpha) + 127) / 255;
            mixed as u8 // at most 255: a weighted mean of two bytes
        });
    }
    opaque
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

/// The format by the file's first bytes; its name plays no part.
fn recognise(bytes: &[u8]) -> Result<Format, DecodeError> {
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    let after = |offset: usize, tag: &[u8]| bytes.get(offset..).is_some_and(|b| b.starts_with(tag));
    let looks_like = if starts(b"\xff\xd8\xff") {
        return Ok(Format::Jpeg);
    } else if starts(b"\x89PNG\r\n\x1a\n") {
        return Ok(Format::Png);
    } else if starts(b"RIFF") && after(8, b"WEBP") {
        return Ok(Format::WebP);
    } else if after(4, b"ftyphe") || after(4, b"ftypmif1") || after(4, b"ftypmsf1") {
        "a HEIC picture"
    } else if after(4, b"ftypavi") {
        "an AVIF picture"
    } else if after(4, b"ftyp") {
        "a video"
    } else if starts(b"GIF8") {
        "a GIF picture"
    } else if starts(b"BM") {
        "a BMP picture"
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        "a TIFF or raw picture"
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        "a zip archive"
    } else if starts(b"%PDF") {
        "a PDF document"
    } else if is_text(bytes) {
        "a text file"
    } else {
        "a file of an unknown kind"
    };
    Err(DecodeError::NotAPhoto { looks_like })
}

/// Whether the first bytes are text: UTF-8 without control characters other than white space.
fn is_text(bytes: &[u8]) -> bool {
    let head = &bytes[..bytes.len().min(512)];
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        // A character may be cut in two where the sample ends.
        Err(error) if error.error_len().is_none() && head.len() < bytes.len() => {
            std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.is_empty() && !text.chars().any(|c| c.is_control() && !c.is_whitespace())
}

fn explain(format: Format, error: ImageError) -> DecodeError {
    if ends_early(&error) {
        return DecodeError::Truncated { format };
    }
    let reason = error.to_string();
    match error {
        ImageError::Unsupported(_) => DecodeError::Unsupported { format, reason },
        _ => DecodeError::Damaged { format, reason },
    }
}

/// Whether the decoder wanted more bytes than there are.
fn ends_early(error: &ImageError) -> bool {
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(error) = cause {
        let io = match error.downcast_ref::<ImageError>() {
            // `source` of this variant is the source of the io error, not the io error itself.
            Some(ImageError::IoError(io)) => Some(io),
            _ => error.downcast_ref::<io::Error>(),
        };
        if io.is_some_and(|io| io.kind() == io::ErrorKind::UnexpectedEof) {
            return true;
        }
        cause = error.source();
    }
    false
}
