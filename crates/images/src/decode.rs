//! A photograph file to 8-bit RGB, within limits, and why it may not be one.

mod png;
mod webp;

use crate::colour::Colours;
use crate::jpeg;
use image::metadata::Orientation;
use image::{RgbImage, imageops};

/// The longest side, in pixels. The filter that makes pictures small has some 30 bytes for each of them.
const LONGEST: u32 = 250_000;

/// How much a file may ask for. Checked on the file's length and its header, before anything is decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, in bytes.
    pub max_bytes: usize,
    /// Largest picture, width times height. Decoded, each of its pixels takes three bytes, whatever it takes in the file.
    pub max_pixels: u64,
}

impl Default for Limits {
    /// 64 MiB and 128 million pixels: as many as phones' 108 megapixels, in 0.4 GB of memory.
    fn default() -> Self {
        Self {
            max_bytes: 64 << 20,
            max_pixels: 128_000_000,
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
    /// The header announces a longer side than any photograph has.
    #[error(
        "the picture is {width} x {height}, longer than the limit of {limit} pixels a side; cut it first"
    )]
    TooLong {
        /// Width in the header.
        width: u32,
        /// Height in the header.
        height: u32,
        /// The limit.
        limit: u32,
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

/// Decodes a JPEG, PNG or WebP photo, recognised by its content, to 8-bit sRGB.
///
/// EXIF orientation is applied (once: the result needs no further turning), and so are colour profiles of curves and a
/// matrix, and PNG's cICP, gAMA and cHRM; transparency is laid on white, 16 bit becomes 8, grey and CMYK become RGB.
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
        Format::Png => png::decode(bytes, limits),
        Format::WebP => webp::decode(bytes, limits),
    }
}

/// Whether [`decode`] knows files of this kind, by their first bytes and a JPEG's frame; it may be damaged all the same.
pub fn is_known(bytes: &[u8]) -> bool {
    match recognise(bytes) {
        Ok(Format::Jpeg) => jpeg::is_known(bytes),
        Ok(_) => true,
        Err(_) => false,
    }
}

/// Refuses a header's size before anything of that size is allocated.
pub(crate) fn check_size(width: u32, height: u32, limits: &Limits) -> Result<(), DecodeError> {
    if u64::from(width) * u64::from(height) > limits.max_pixels {
        return Err(DecodeError::TooManyPixels {
            width,
            height,
            limit: limits.max_pixels,
        });
    }
    if width.max(height) > LONGEST {
        let limit = LONGEST;
        return Err(DecodeError::TooLong {
            width,
            height,
            limit,
        });
    }
    Ok(())
}

/// The picture in sRGB, as its file describes its colours, and turned as its EXIF says.
pub(crate) fn finished(
    mut image: RgbImage,
    colours: Option<Colours>,
    exif: Option<&[u8]>,
) -> RgbImage {
    if let Some(colours) = colours {
        colours.apply(&mut image);
    }
    turn_as(image, exif)
}

/// Turns the picture as its EXIF says; unreadable EXIF is no reason to refuse the picture itself.
fn turn_as(mut image: RgbImage, exif: Option<&[u8]>) -> RgbImage {
    use Orientation as O;
    // Some programs keep what introduces EXIF in a JPEG file in others too.
    let exif = exif.map(|exif| exif.strip_prefix(b"Exif\0\0").unwrap_or(exif));
    let orientation = exif.and_then(O::from_exif_chunk);
    let orientation = orientation.unwrap_or(O::NoTransforms);
    // Not by `DynamicImage`, which brings the turning of every other kind of picture into the page's program.
    match orientation {
        O::Rotate90 | O::Rotate90FlipH => image = imageops::rotate90(&image),
        O::Rotate270 | O::Rotate270FlipH => image = imageops::rotate270(&image),
        O::Rotate180 => imageops::rotate180_in_place(&mut image),
        O::FlipVertical => imageops::flip_vertical_in_place(&mut image),
        O::NoTransforms | O::FlipHorizontal => {}
    }
    if matches!(
        orientation,
        O::FlipHorizontal | O::Rotate90FlipH | O::Rotate270FlipH
    ) {
        imageops::flip_horizontal_in_place(&mut image);
    }
    image
}

/// A colour that lets through what is behind it, laid on white.
fn on_white(colour: [u8; 3], alpha: u8) -> [u8; 3] {
    let alpha = u32::from(alpha);
    colour.map(|value| {
        let mixed = (u32::from(value) * alpha + 255 * (255 - alpha) + 127) / 255;
        mixed as u8 // at most 255: a weighted mean of two bytes
    })
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
    } else if starts(b"\xff\x0a") || starts(b"\0\0\0\x0cJXL ") {
        "a JPEG XL picture"
    } else if starts(b"\0\0\0\x0cjP  ") || starts(b"\xff\x4f\xff\x51") {
        "a JPEG 2000 picture"
    } else if starts(b"\0\0\x01\0") {
        "an icon"
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        "a TIFF or raw picture"
    } else if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        "a zip archive"
    } else if starts(b"%PDF") {
        "a PDF document"
    } else if is_text(bytes) {
        let head = &bytes[..bytes.len().min(512)];
        let drawing = head.windows(4).any(|four| four == b"<svg");
        if drawing {
            "an SVG drawing"
        } else {
            "a text file"
        }
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
