//! Every format is read to the pixels that it was made from.

use crate::fixtures::{FORMATS, corners, decode, difference, file};
use image::{DynamicImage, ImageBuffer, Luma, LumaA, Rgb, RgbImage, Rgba};
use images::{Format, png};

fn lossless(image: impl Into<DynamicImage>) -> RgbImage {
    decode(&file(&image.into(), Format::Png, None)).unwrap()
}

#[test]
fn each_format_is_known_by_its_content() {
    let image = corners(48, 32);
    for format in FORMATS {
        let read = decode(&file(&image.clone().into(), format, None)).unwrap();
        let allowed = if format == Format::Jpeg { 12 } else { 0 };
        // At the borders between the corners JPEG rings; the corners themselves must be right.
        for (x, y) in [(4, 4), (44, 4), (4, 28), (44, 28)] {
            let (a, b) = (read.get_pixel(x, y), image.get_pixel(x, y));
            let apart = (0..3).map(|c| a[c].abs_diff(b[c])).max().unwrap();
            assert!(apart <= allowed, "{format} at {x},{y}: {a:?} is not {b:?}");
        }
    }
}

#[test]
fn transparency_lies_on_white() {
    let image = ImageBuffer::from_fn(3, 1, |x, _| {
        Rgba([200u8, 0, 100, [0, 128, 255][x as usize]])
    });
    let expected = [[255, 255, 255], [227, 127, 177], [200, 0, 100]];
    for format in [Format::Png, Format::WebP] {
        let read = decode(&file(&image.clone().into(), format, None)).unwrap();
        let pixels: Vec<_> = read.pixels().map(|pixel| pixel.0).collect();
        assert_eq!(pixels, expected, "{format}");
    }
}

#[test]
fn sixteen_bits_with_and_without_transparency() {
    let alpha = ImageBuffer::from_fn(2, 1, |x, _| {
        Rgba([65535u16, 0, 0x8080, [0x8080, 65535][x as usize]])
    });
    let read = lossless(alpha);
    assert_eq!(read.get_pixel(0, 0).0, [255, 127, 191]);
    assert_eq!(read.get_pixel(1, 0).0, [255, 0, 128]);
    let opaque = ImageBuffer::from_fn(2, 2, |_, _| Rgb([0x1234u16, 0x8080, 0xffff]));
    assert_eq!(lossless(opaque).get_pixel(1, 1).0, [0x12, 0x80, 0xff]);
}

#[test]
fn grey_of_every_depth() {
    let eight = ImageBuffer::from_fn(2, 1, |x, _| Luma([[7u8, 250][x as usize]]));
    assert_eq!(lossless(eight).as_raw(), &[7, 7, 7, 250, 250, 250]);
    let sixteen = ImageBuffer::from_fn(2, 1, |x, _| Luma([[0u16, 0x4040][x as usize]]));
    assert_eq!(lossless(sixteen).as_raw(), &[0, 0, 0, 64, 64, 64]);
    let clear = ImageBuffer::from_fn(2, 1, |x, _| LumaA([100u8, [255, 0][x as usize]]));
    assert_eq!(lossless(clear).as_raw(), &[100, 100, 100, 255, 255, 255]);
    let deep = ImageBuffer::from_fn(1, 1, |_, _| LumaA([0u16, 0x8080]));
    assert_eq!(lossless(deep).as_raw(), &[127, 127, 127]);
    let grey: DynamicImage = ImageBuffer::from_pixel(9, 9, Luma([77u8])).into();
    let read = decode(&file(&grey, Format::Jpeg, None)).unwrap();
    assert!(difference(&read, &RgbImage::from_pixel(9, 9, Rgb([77; 3]))) <= 2);
}

#[test]
fn one_pixel_is_a_picture() {
    let image = RgbImage::from_pixel(1, 1, Rgb([200, 100, 50]));
    for format in FORMATS {
        let read = decode(&file(&image.clone().into(), format, None)).unwrap();
        assert!(difference(&read, &image) <= 4, "{format}");
        let square = images::square(&read, 64, images::Fit::Pad);
        assert_eq!(square.dimensions(), (64, 64));
    }
}

#[test]
fn twelve_megapixels_become_a_square() {
    let image = corners(4000, 3000);
    let bytes = file(&image.into(), Format::Jpeg, None);
    let read = decode(&bytes).unwrap();
    assert_eq!(read.dimensions(), (4000, 3000));
    let square = images::square(&read, 64, images::Fit::Crop);
    // Each quarter keeps its colour.
    assert!(difference(&square, &corners(64, 64)) < 255);
    for (x, y) in [(5, 5), (58, 5), (5, 58), (58, 58)] {
        let expected = corners(64, 64).get_pixel(x, y).0;
        let read = square.get_pixel(x, y).0;
        assert!(
            (0..3).all(|c| read[c].abs_diff(expected[c]) <= 4),
            "{x},{y}"
        );
    }
}

/// What phones take: 64 and 108 million pixels.
#[test]
fn the_largest_photographs_of_phones_are_read() {
    for (width, height) in [(9248, 6936), (12_000, 9000)] {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, width, height);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().unwrap();
        let row = (width as usize).div_ceil(8);
        writer
            .write_image_data(&vec![0x0f; row * height as usize])
            .unwrap();
        writer.finish().unwrap();
        let read = decode(&bytes).unwrap();
        assert_eq!(read.dimensions(), (width, height));
        assert_eq!((read.get_pixel(3, 9)[0], read.get_pixel(4, 9)[0]), (0, 255));
    }
}

#[test]
fn a_drawn_outfit_survives_its_file() {
    let outfit = outfits::outfit(5, 40).image;
    assert_eq!(decode(&png(&outfit)), Ok(outfit));
}
