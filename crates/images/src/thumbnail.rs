//! A small copy of a picture, to look for things in.

use image::{RgbImage, imageops};

/// The picture with its longer side at most `longest` (at least 1), in its own proportions: each pixel the mean of
/// those it stands for. Cheaper than [`square`](crate::square), to look for things in.
pub fn thumbnail(image: &RgbImage, longest: u32) -> RgbImage {
    let (width, height) = image.dimensions();
    let longer = width.max(height);
    if longer <= longest {
        return image.clone();
    }
    let shorten = |side: u32| {
        let side = u64::from(side) * u64::from(longest) / u64::from(longer);
        side.max(1) as u32 // at most `longest`
    };
    imageops::thumbnail(image, shorten(width), shorten(height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn proportions_are_kept_and_small_pictures_left() {
        let sides = |width, height| thumbnail(&RgbImage::new(width, height), 96).dimensions();
        assert_eq!(sides(960, 480), (96, 48));
        assert_eq!(sides(5000, 1), (96, 1));
        assert_eq!(sides(96, 10), (96, 10));
        assert_eq!(sides(0, 0), (0, 0));
    }

    #[test]
    fn a_pixel_is_the_mean_of_those_it_stands_for() {
        let checks = RgbImage::from_fn(200, 200, |x, y| Rgb([((x + y) % 2 * 200) as u8; 3]));
        let small = thumbnail(&checks, 50);
        assert!(small.pixels().all(|pixel| pixel[0].abs_diff(100) <= 1));
    }
}
