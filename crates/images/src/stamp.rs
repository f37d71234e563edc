//! A few characters written onto a picture.

use crate::Text;
use image::{Rgb, RgbImage};

/// Brightness of the plate, and of the characters on it.
const PLATE: u8 = 24;
const INK: u8 = 255;

/// Writes a few characters at the top left, white on a dark plate; what does not fit is cut off.
///
/// Characters are an eighth as high as the picture, but at least 16 and at most 32 pixels.
pub fn stamp(image: &mut RgbImage, text: &str) {
    let text = Text::new(text, image.width().min(image.height()) / 8);
    let (width, height) = text.size();
    // The font leaves room above and below for letters; digits and signs need one pixel.
    let (top, bottom) = digits(height);
    let (width, height) = (width + 2, bottom - top + 3);
    for y in 0..height.min(image.height()) {
        for x in 0..width.min(image.width()) {
            image.put_pixel(x, y, Rgb([PLATE; 3]));
        }
    }
    for (x, y, ink) in text.ink() {
        if (top..=bottom).contains(&y)
            && let Some(pixel) = image.get_pixel_mut_checked(x + 1, y - top + 1)
        {
            let light = f64::from(PLATE) + f64::from(INK - PLATE) * ink;
            *pixel = Rgb([light.round() as u8; 3]);
        }
    }
}

/// The first and the last row that digits have ink in.
fn digits(height: u32) -> (u32, u32) {
    let rows = || Text::new("0123456789%", height).ink().map(|(_, y, _)| y);
    (rows().min().unwrap_or(0), rows().max().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GROUND: Rgb<u8> = Rgb([90, 200, 10]);

    fn stamped(side: u32, text: &str) -> RgbImage {
        let mut image = RgbImage::from_pixel(side, side, GROUND);
        stamp(&mut image, text);
        image
    }

    /// Width and height of the plate.
    fn plate(image: &RgbImage) -> (u32, u32) {
        let changed = || image.enumerate_pixels().filter(|(_, _, p)| **p != GROUND);
        (
            changed().map(|(x, _, _)| x + 1).max().unwrap(),
            changed().map(|(_, y, _)| y + 1).max().unwrap(),
        )
    }

    #[test]
    fn white_characters_lie_whole_on_a_dark_plate() {
        let image = stamped(64, "10%");
        let (width, height) = plate(&image);
        assert!(width < 32 && height < 16, "{width}x{height}");
        let (mut white, mut dark) = (0, 0);
        for (x, y, pixel) in image.enumerate_pixels() {
            if x >= width || y >= height {
                assert_eq!(*pixel, GROUND, "{x},{y}");
                continue;
            }
            white += u32::from(pixel.0[0] > 200);
            dark += u32::from(pixel.0 == [PLATE; 3]);
            let edge = x == 0 || y == 0 || x + 1 == width || y + 1 == height;
            assert!(!edge || pixel.0 == [PLATE; 3], "{x},{y}");
        }
        assert!(white > 20 && dark > white, "{white} white, {dark} dark");
        assert_ne!(image, stamped(64, "11%"));
    }

    #[test]
    fn grows_with_the_picture() {
        let heights = [64, 160, 192, 256].map(|side| plate(&stamped(side, "1")).1);
        assert!(heights.is_sorted_by(|a, b| a < b), "{heights:?}");
    }

    #[test]
    fn tiny_pictures_and_other_characters_are_fine() {
        for (width, height) in [(0, 0), (1, 1), (3, 2)] {
            let mut image = RgbImage::new(width, height);
            stamp(&mut image, "100%é");
            assert_eq!(image.dimensions(), (width, height));
        }
    }
}
