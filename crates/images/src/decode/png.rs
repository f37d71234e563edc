//! PNG row by row: a deep, transparent or interlaced picture takes no more memory than its red, green and blue.

use std::io::{Cursor, ErrorKind};

use image::RgbImage;
use png::{
    BitDepth, Decoder, DecodingError, Info, InterlaceInfo, Reader, Transformations,
    expand_interlaced_row,
};

use super::{DecodeError, Format, Limits, check_size, on_white, turn_as};
use crate::colour::Colours;

type File<'a> = Cursor<&'a [u8]>;

/// Decodes a PNG file to sRGB and turns it as its EXIF orientation says.
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage, DecodeError> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::EXPAND);
    let header = decoder.read_header_info().map_err(explain)?;
    let (width, height) = header.size();
    check_size(width, height, limits)?;
    if header.raw_bytes() / MOST_PACKED > bytes.len() {
        return Err(truncated());
    }
    let mut reader = decoder.read_info().map_err(explain)?;
    let colours = colours(reader.info());
    let pixels = pixels(&mut reader, colours.as_ref(), bytes)?;
    let image = RgbImage::from_raw(width, height, pixels)
        .ok_or_else(|| damaged("fewer pixels than its header announces"))?;
    // The orientation may follow the picture. Whatever is wrong there, the picture is whole.
    let _ = reader.finish();
    Ok(turn_as(image, reader.info().exif_metadata.as_deref()))
}

/// How many bytes of picture one byte of a file can hold at most, a little more than deflate's 1032: a header that announces
/// a huge picture over a few bytes is refused before its pixels are allocated.
const MOST_PACKED: usize = 1100;

fn pixels(
    reader: &mut Reader<File<'_>>,
    colours: Option<&Colours>,
    bytes: &[u8],
) -> Result<Vec<u8>, DecodeError> {
    let (width, height) = reader.info().size();
    let (kind, depth) = reader.output_color_type();
    let stride = width as usize * 3;
    let mut pixels = vec![0; stride * height as usize];
    let mut line = Line {
        samples: kind.samples(),
        deep: depth == BitDepth::Sixteen,
        narrow: Vec::new(),
        rgb: Vec::with_capacity(stride),
    };
    let mut next = 0;
    loop {
        let row = match reader.next_interlaced_row() {
            Ok(Some(row)) => row,
            Ok(None) => break,
            // All rows are there, and only the empty chunk at the end is missing.
            Err(_) if next == pixels.len() && ends_with_a_chunk(bytes) => break,
            Err(error) => return Err(explain(error)),
        };
        line.read(row.data(), colours);
        match *row.interlace() {
            InterlaceInfo::Null(_) => {
                let to = pixels.get_mut(next..next + line.rgb.len());
                let to = to.ok_or_else(|| damaged("more rows than its header announces"))?;
                to.copy_from_slice(&line.rgb);
                next += stride;
            }
            InterlaceInfo::Adam7(place) => {
                expand_interlaced_row(&mut pixels, stride, &line.rgb, &place, 24);
            }
        }
    }
    Ok(pixels)
}

/// Whether the file is not cut off within a chunk: 12 bytes and what the first four of them say.
fn ends_with_a_chunk(bytes: &[u8]) -> bool {
    const SIGNATURE: usize = 8;
    let mut at = SIGNATURE;
    while let Some(length) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        at = at
            .saturating_add(12)
            .saturating_add(u32::from_be_bytes(*length) as usize);
    }
    at == bytes.len()
}

/// A row on its way to red, green and blue.
struct Line {
    samples: usize,
    deep: bool,
    narrow: Vec<u8>,
    rgb: Vec<u8>,
}

impl Line {
    fn read(&mut self, row: &[u8], colours: Option<&Colours>) {
        self.narrow.clear();
        if self.deep {
            let pairs = row.as_chunks::<2>().0.iter().copied();
            // The nearest byte.
            let narrow = |pair| ((u32::from(u16::from_be_bytes(pair)) + 128) / 257) as u8;
            self.narrow.extend(pairs.map(narrow));
        } else {
            self.narrow.extend(row);
        }
        self.rgb.clear();
        for pixel in self.narrow.chunks_exact(self.samples) {
            match *pixel {
                [grey] | [grey, _] => self.rgb.extend([grey; 3]),
                [red, green, blue] | [red, green, blue, _] => self.rgb.extend([red, green, blue]),
                _ => {}
            }
        }
        if let Some(colours) = colours {
            colours.apply(&mut self.rgb);
        }
        if self.samples.is_multiple_of(2) {
            let alphas = self
                .narrow
                .iter()
                .skip(self.samples - 1)
                .step_by(self.samples);
            for (pixel, alpha) in self.rgb.as_chunks_mut::<3>().0.iter_mut().zip(alphas) {
                *pixel = on_white(*pixel, *alpha);
            }
        }
    }
}

/// What the file says of its colours; of several answers the one that the PNG standard puts first.
fn colours(info: &Info<'_>) -> Option<Colours> {
    if let Some(codes) = info.coding_independent_code_points {
        let usual = codes.matrix_coefficients == 0 && codes.is_video_full_range_image;
        let made = || Colours::of_codes(codes.color_primaries, codes.transfer_function);
        return usual.then(made).flatten();
    }
    if let Some(profile) = &info.icc_profile {
        let grey = matches!(
            info.color_type,
            png::ColorType::Grayscale | png::ColorType::GrayscaleAlpha
        );
        return Colours::of_profile(profile, grey);
    }
    if info.srgb.is_some() {
        return None;
    }
    let exact = |value: png::ScaledFloat| f64::from(value.into_scaled()) / 100_000.0;
    let gamma = exact(info.gama_chunk?);
    let chromaticities = info.chrm_chunk.map(|all| {
        let each = [all.white, all.red, all.green, all.blue];
        each.map(|(x, y)| (exact(x), exact(y)))
    });
    Colours::of_gamma(gamma, chromaticities)
}

fn explain(error: DecodingError) -> DecodeError {
    match error {
        DecodingError::IoError(error) if error.kind() == ErrorKind::UnexpectedEof => truncated(),
        error => damaged(&error.to_string()),
    }
}

fn truncated() -> DecodeError {
    let format = Format::Png;
    DecodeError::Truncated { format }
}

fn damaged(reason: &str) -> DecodeError {
    DecodeError::Damaged {
        format: Format::Png,
        reason: reason.to_owned(),
    }
}
