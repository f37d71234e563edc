//! Formats that only the native program reads, for folders of photographs as people have them: TIFF, BMP and GIF. The page
//! leaves them to its browser, and stays small.

use anyhow::{Result, anyhow, ensure};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader};
use images::{Limits, RgbImage};
use std::io::Cursor;

/// Decodes a photo of any format that is read here, recognised by its content, as [`images::decode`] does.
///
/// # Errors
/// As [`images::decode`].
pub fn decode(bytes: &[u8], limits: &Limits) -> Result<RgbImage> {
    match recognise(bytes) {
        Some(format) => decode_as(bytes, format, limits),
        None => Ok(images::decode(bytes, limits)?),
    }
}

fn recognise(bytes: &[u8]) -> Option<ImageFormat> {
    let starts = |signature: &[u8]| bytes.starts_with(signature);
    // Text may begin with BM, too; the length of the second header tells.
    let is_bmp = || starts(b"BM") && matches!(bytes.get(14..18), Some([12 | 40..=124, 0, 0, 0]));
    if starts(b"GIF87a") || starts(b"GIF89a") {
        Some(ImageFormat::Gif)
    } else if starts(b"II*\0") || starts(b"MM\0*") {
        Some(ImageFormat::Tiff)
    } else {
        is_bmp().then_some(ImageFormat::Bmp)
    }
}

fn decode_as(bytes: &[u8], format: ImageFormat, limits: &Limits) -> Result<RgbImage> {
    let name = format.extensions_str()[0].to_ascii_uppercase();
    let refused = |error: image::ImageError| {
        anyhow!(
            "the {name} file cannot be read ({error}); copy it again, or save it as an ordinary JPEG or PNG"
        )
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut allowed = image::Limits::no_limits();
    allowed.max_alloc = Some(limits.max_pixels.saturating_mul(8));
    reader.limits(allowed);
    let mut decoder = reader.into_decoder().map_err(refused)?;
    let (width, height) = decoder.dimensions();
    // As many bytes as other formats may take: 16 bits a channel leave half as many pixels.
    ensure!(
        u64::from(width) * u64::from(height) <= limits.max_pixels
            && decoder.total_bytes() <= limits.max_pixels.saturating_mul(4),
        "the picture is {width} x {height}, more than the limit of {} pixels; make it smaller first",
        limits.max_pixels
    );
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(refused)?;
    picture.apply_orientation(orientation);
    Ok(on_white(picture))
}

/// Lays transparency, which most GIFs have, on white.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let mut opaque = RgbImage::new(picture.width(), picture.height());
    for (to, from) in opaque.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u32::from);
        to.0 = [red, green, blue].map(|value| {
            let mixed = (value * alpha + 255 * (255 - alpha) + 127) / 255;
            mixed as u8 // at most 255: a weighted mean of two bytes
        });
    }
    opaque
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    fn encoded(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.into().write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn read(bytes: &[u8]) -> Result<RgbImage> {
        decode(bytes, &Limits::default())
    }

    #[test]
    fn pictures_are_the_same_in_every_format_without_loss() {
        let picture = outfits::outfit(3, 40).image;
        for format in [ImageFormat::Tiff, ImageFormat::Bmp, ImageFormat::Png] {
            let found = read(&encoded(picture.clone(), format)).unwrap();
            assert!(found == picture, "{format:?}");
        }
        let sixteen = DynamicImage::from(picture.clone()).into_rgb16();
        let found = read(&encoded(sixteen, ImageFormat::Tiff)).unwrap();
        assert!(found == picture, "16 bits");
    }

    #[test]
    fn a_gif_is_its_first_picture_on_white() {
        let left = |x| if x < 4 { [200, 10, 10, 255] } else { [0; 4] };
        let picture = RgbaImage::from_fn(8, 8, |x, _| Rgba(left(x)));
        let found = read(&encoded(picture, ImageFormat::Gif)).unwrap();
        assert_eq!(
            (found[(1, 1)].0, found[(6, 6)].0),
            ([200, 10, 10], [255; 3])
        );
    }

    #[test]
    fn what_is_damaged_or_too_large_is_one_sentence() {
        let picture = outfits::outfit(3, 40).image;
        for format in [ImageFormat::Tiff, ImageFormat::Bmp, ImageFormat::Gif] {
            let whole = encoded(picture.clone(), format);
            for length in [whole.len() / 2, 20] {
                let Err(error) = read(&whole[..length]) else {
                    continue; // what is missing may be beyond the first picture
                };
                let said = format!("{error:#}");
                assert!(!said.contains('\n') && said.contains("; "), "{said}");
            }
            let small = Limits {
                max_pixels: 1000,
                ..Limits::default()
            };
            let said = decode(&whole, &small).unwrap_err().to_string();
            assert!(said.contains("limit of 1000 pixels"), "{format:?}: {said}");
        }
        let said = read(b"GIF89a").unwrap_err().to_string();
        assert!(said.contains("the GIF file cannot be read"), "{said}");
        // Not a bitmap: a text about cars.
        let said = read(b"BMW is a maker of cars, and of motor cycles")
            .unwrap_err()
            .to_string();
        assert!(said.contains("JPEG, PNG or WebP"), "{said}");
    }
}
