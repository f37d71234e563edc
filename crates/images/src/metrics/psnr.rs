//! Peak signal-to-noise ratio.

use image::RgbImage;

/// Peak signal-to-noise ratio in dB over all 8-bit RGB values; infinite for equal pictures, NaN if sizes differ.
pub fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    if a.dimensions() != b.dimensions() {
        return f64::NAN;
    }
    let squares: u64 = a
        .as_raw()
        .iter()
        .zip(b.as_raw())
        .map(|(&a, &b)| u64::from(a.abs_diff(b)).pow(2))
        .sum();
    if squares == 0 {
        return f64::INFINITY;
    }
    let mean = squares as f64 / a.as_raw().len() as f64;
    10.0 * (255.0 * 255.0 / mean).log10()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::patterns::{first, picture, second};

    /// The number is scikit-image's (0.26).
    #[test]
    fn as_scikit_image_measures() {
        let (a, b) = (picture(24, 17, first), picture(24, 17, second));
        assert!((psnr(&a, &b) - 30.945_257_581_520_657).abs() < 1e-9);
        assert_eq!(psnr(&a, &b), psnr(&b, &a));
    }

    #[test]
    fn known_cases() {
        let (black, white) = (RgbImage::new(12, 12), picture(12, 12, |_, _, _| 255));
        assert_eq!(psnr(&black, &black), f64::INFINITY);
        assert!(psnr(&black, &white).abs() < 1e-12);
        assert!(psnr(&black, &RgbImage::new(12, 13)).is_nan());
    }
}
