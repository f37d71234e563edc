//! Between 8-bit pixels and values in `[-1, 1]`.

use image::RgbImage;

/// A picture as the networks take it: planes red, green, blue, each `height * width`, values `v / 127.5 - 1`.
pub fn to_signed(image: &RgbImage) -> Vec<f32> {
    let mut planes = Vec::with_capacity(image.as_raw().len());
    for channel in 0..3 {
        planes.extend(
            image
                .pixels()
                .map(|pixel| f32::from(pixel[channel]) / 127.5 - 1.0),
        );
    }
    planes
}

/// The way back: `3 * side * side` values to a picture, rounded and clamped.
///
/// NaN becomes 0, and so does what is missing when there are fewer values.
pub fn from_signed(values: &[f32], side: u32) -> RgbImage {
    let plane = side as usize * side as usize;
    let mut image = RgbImage::new(side, side);
    for (index, pixel) in image.pixels_mut().enumerate() {
        for channel in 0..3 {
            let value = values.get(channel * plane + index);
            // `as` clamps to 0..=255 and takes NaN to 0.
            pixel[channel] = value.map_or(0, |value| ((value + 1.0) * 127.5).round() as u8);
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn planes_in_order_and_in_range() {
        let mut image = RgbImage::new(2, 1);
        image.put_pixel(0, 0, Rgb([0, 255, 51]));
        image.put_pixel(1, 0, Rgb([255, 0, 204]));
        let expected = [-1.0, 1.0, 1.0, -1.0, -0.6, 0.6];
        for (value, expected) in to_signed(&image).into_iter().zip(expected) {
            assert!((value - expected).abs() < 1e-6);
        }
    }

    #[test]
    fn every_byte_comes_back() {
        let image = RgbImage::from_fn(16, 16, |x, y| {
            let v = (x + 16 * y) as u8;
            Rgb([v, 255 - v, v.wrapping_mul(7)])
        });
        assert_eq!(from_signed(&to_signed(&image), 16), image);
    }

    #[test]
    fn foreign_values_become_bytes() {
        let values = [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 2.0, -1.5, 0.0];
        let image = from_signed(&values, 1);
        assert_eq!(image.get_pixel(0, 0).0, [0, 255, 0]);
        assert_eq!(
            from_signed(&values[3..], 1).get_pixel(0, 0).0,
            [255, 0, 128]
        );
        assert_eq!(from_signed(&[], 2), RgbImage::new(2, 2));
    }
}
