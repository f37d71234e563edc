//! Structural similarity.

use super::window::Plane;
use image::RgbImage;

/// Structural similarity (Wang et al. 2004): 11x11 Gaussian window of deviation 1.5, K1 0.01, K2 0.03, the mean
/// over all positions where the window lies inside, then over red, green and blue. NaN if sizes differ or are zero.
///
/// Pictures smaller than the window are measured with one window of their own size.
pub fn ssim(a: &RgbImage, b: &RgbImage) -> f64 {
    if a.dimensions() != b.dimensions() || a.as_raw().is_empty() {
        return f64::NAN;
    }
    let channels = (0..3).map(|c| Plane::new(a, c).similarity(&Plane::new(b, c)).ssim);
    channels.sum::<f64>() / 3.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::patterns::{first, picture, second};

    /// Numbers from scikit-image 0.26 (`gaussian_weights`, sigma 1.5, population covariance), and from a direct sum
    /// over windows as well.
    #[test]
    fn as_scikit_image_measures() {
        let (a, b) = (picture(24, 17, first), picture(24, 17, second));
        assert!((ssim(&a, &b) - 0.981_854_612_262_31).abs() < 1e-9);
    }

    #[test]
    fn known_cases() {
        let (black, white) = (RgbImage::new(12, 12), picture(12, 12, |_, _, _| 255));
        assert!((ssim(&white, &white) - 1.0).abs() < 1e-12);
        // Two flat pictures differ in luminance alone: C1 / (255^2 + C1).
        assert!((ssim(&black, &white) - 6.5025 / 65_031.502_5).abs() < 1e-9);
    }

    #[test]
    fn symmetric_and_defined_for_small_pictures() {
        for (width, height) in [(1, 1), (3, 20), (10, 10), (24, 17)] {
            let (a, b) = (
                picture(width, height, first),
                picture(width, height, second),
            );
            assert!((ssim(&a, &b) - ssim(&b, &a)).abs() < 1e-12);
            assert!((ssim(&a, &a) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn different_sizes_have_no_number() {
        assert!(ssim(&RgbImage::new(4, 5), &RgbImage::new(5, 4)).is_nan());
        assert!(ssim(&RgbImage::new(0, 0), &RgbImage::new(0, 0)).is_nan());
    }
}
