//! Pictures side by side, enlarged, and as PNG files.

use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder, Rgb, RgbImage, imageops};

/// Tiles in rows of `columns`, `gap` white pixels around and between them. Tiles may differ in size; the largest
/// sets the cell. No tiles or no columns: an empty picture.
pub fn grid(tiles: &[RgbImage], columns: u32, gap: u32) -> RgbImage {
    let columns = columns.min(tiles.len() as u32);
    if columns == 0 {
        return RgbImage::new(0, 0);
    }
    let rows = (tiles.len() as u32).div_ceil(columns);
    let cell_width = tiles.iter().map(RgbImage::width).max().unwrap_or(0) + gap;
    let cell_height = tiles.iter().map(RgbImage::height).max().unwrap_or(0) + gap;
    let mut sheet = RgbImage::from_pixel(
        columns * cell_width + gap,
        rows * cell_height + gap,
        Rgb([255; 3]),
    );
    for (index, tile) in (0u32..).zip(tiles) {
        let left = gap + (index % columns) * cell_width;
        let top = gap + (index / columns) * cell_height;
        imageops::replace(&mut sheet, tile, left.into(), top.into());
    }
    sheet
}

/// Each pixel as a block of `factor` x `factor`, so that a small grid can be read.
pub fn enlarge(image: &RgbImage, factor: u32) -> RgbImage {
    if factor == 0 {
        return RgbImage::new(0, 0);
    }
    RgbImage::from_fn(image.width() * factor, image.height() * factor, |x, y| {
        *image.get_pixel(x / factor, y / factor)
    })
}

/// The picture as a PNG file; nothing for an empty picture, which PNG cannot hold.
pub fn png(image: &RgbImage) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (width, height) = image.dimensions();
    // Writing to memory fails for an empty picture only.
    let _ = PngEncoder::new(&mut bytes).write_image(
        image.as_raw(),
        width,
        height,
        ExtendedColorType::Rgb8,
    );
    if width == 0 || height == 0 {
        bytes.clear();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, decode};

    fn tile(value: u8) -> RgbImage {
        RgbImage::from_pixel(2, 3, Rgb([value; 3]))
    }

    #[test]
    fn tiles_lie_in_rows_with_gaps() {
        let sheet = grid(&[tile(10), tile(20), tile(30)], 2, 1);
        assert_eq!(sheet.dimensions(), (2 * 3 + 1, 2 * 4 + 1));
        assert_eq!(sheet.get_pixel(1, 1).0, [10; 3]);
        assert_eq!(sheet.get_pixel(5, 3).0, [20; 3]);
        assert_eq!(sheet.get_pixel(1, 5).0, [30; 3]);
        for (x, y) in [(0, 0), (3, 1), (1, 4), (4, 5), (6, 8)] {
            assert_eq!(sheet.get_pixel(x, y).0, [255; 3], "{x},{y}");
        }
    }

    #[test]
    fn few_tiles_take_no_empty_columns() {
        assert_eq!(grid(&[tile(1)], 8, 0), tile(1));
        assert_eq!(grid(&[], 8, 2).dimensions(), (0, 0));
        assert_eq!(grid(&[tile(1)], 0, 2).dimensions(), (0, 0));
    }

    #[test]
    fn enlarging_repeats_pixels() {
        let small = RgbImage::from_fn(2, 1, |x, _| Rgb([x as u8 * 100; 3]));
        let large = enlarge(&small, 3);
        assert_eq!(large.dimensions(), (6, 3));
        assert_eq!(large.get_pixel(2, 2).0, [0; 3]);
        assert_eq!(large.get_pixel(3, 0).0, [100; 3]);
        assert_eq!(enlarge(&small, 0).dimensions(), (0, 0));
    }

    #[test]
    fn png_is_read_back_as_it_was() {
        let image = RgbImage::from_fn(5, 4, |x, y| Rgb([x as u8 * 50, y as u8 * 60, 7]));
        assert_eq!(decode(&png(&image), &Limits::default()), Ok(image));
        assert!(png(&RgbImage::new(0, 5)).is_empty());
    }
}
