//! Sharpness: gradient energy.

use image::RgbImage;

/// Sharpness: the mean over pixels and channels of the squared difference to the neighbour on the right plus that to the
/// neighbour below, in squared 8-bit steps. Blur lowers it, noise and checkerboard raise it; a flat picture has 0, and
/// one without neighbours NaN.
pub fn gradient_energy(image: &RgbImage) -> f64 {
    let (width, height) = image.dimensions();
    let mut sum = 0u64;
    for (x, y, pixel) in image.enumerate_pixels() {
        if x + 1 < width && y + 1 < height {
            for neighbour in [image.get_pixel(x + 1, y), image.get_pixel(x, y + 1)] {
                let pairs = pixel.0.iter().zip(neighbour.0);
                sum += pairs
                    .map(|(a, b)| u64::from(a.abs_diff(b)).pow(2))
                    .sum::<u64>();
            }
        }
    }
    let positions = u64::from(width.saturating_sub(1)) * u64::from(height.saturating_sub(1));
    sum as f64 / (3 * positions) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::patterns::picture;

    #[test]
    fn by_hand() {
        // 2 to the right and 3 down at every pixel: 4 + 9.
        let slope = picture(9, 7, |x, y, _| 2 * x + 3 * y);
        assert_eq!(gradient_energy(&slope), 13.0);
        assert_eq!(gradient_energy(&picture(9, 7, |_, _, c| 80 * c)), 0.0);
        assert!(gradient_energy(&RgbImage::new(1, 5)).is_nan());
    }

    #[test]
    fn blur_lowers_it() {
        let edge = picture(16, 16, |x, _, _| if x < 8 { 0 } else { 200 });
        let blurred = picture(16, 16, |x, _, _| (x * 13).min(200));
        assert!(gradient_energy(&blurred) < gradient_energy(&edge) / 4.0);
    }
}
