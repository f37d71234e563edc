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

/// Structural similarity (Wang et al. 2004): 11x11 Gaussian window of deviation 1.5, K1 0.01, K2 0.03, the mean
/// over all places where the window lies inside, then over red, green and blue. NaN if sizes differ or are zero.
///
/// Pictures smaller than the window are measured with one window of their own size.
pub fn ssim(a: &RgbImage, b: &RgbImage) -> f64 {
    if a.dimensions() != b.dimensions() || a.as_raw().is_empty() {
        return f64::NAN;
    }
    let channels =
        (0..3).map(|channel| channel_ssim(&Plane::new(a, channel), &Plane::new(b, channel)));
    channels.sum::<f64>() / 3.0
}

/// One channel, values 0 to 255.
struct Plane {
    width: usize,
    values: Vec<f64>,
}

impl Plane {
    fn new(image: &RgbImage, channel: usize) -> Self {
        Self {
            width: image.width() as usize,
            values: image.pixels().map(|p| f64::from(p[channel])).collect(),
        }
    }

    fn product(&self, other: &Self) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            width: self.width,
            values: pairs.map(|(a, b)| a * b).collect(),
        }
    }

    /// Windowed means at every place where the window fits.
    fn blur(&self) -> Vec<f64> {
        let height = self.values.len() / self.width;
        let (across, down) = (window(self.width), window(height));
        let rows: Vec<Vec<f64>> = self
            .values
            .chunks_exact(self.width)
            .map(|row| row.windows(across.len()).map(|w| dot(w, &across)).collect())
            .collect();
        let mut means = Vec::new();
        for band in rows.windows(down.len()) {
            for x in 0..band[0].len() {
                means.push(band.iter().zip(&down).map(|(row, w)| row[x] * w).sum());
            }
        }
        means
    }
}

fn channel_ssim(a: &Plane, b: &Plane) -> f64 {
    const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let (mean_a, mean_b) = (a.blur(), b.blur());
    let (square_a, square_b) = (a.product(a).blur(), b.product(b).blur());
    let cross = a.product(b).blur();
    let places = mean_a.len();
    let total: f64 = (0..places)
        .map(|i| {
            let (ma, mb) = (mean_a[i], mean_b[i]);
            let (variance_a, variance_b) = (square_a[i] - ma * ma, square_b[i] - mb * mb);
            let covariance = cross[i] - ma * mb;
            (2.0 * ma * mb + C1) * (2.0 * covariance + C2)
                / ((ma * ma + mb * mb + C1) * (variance_a + variance_b + C2))
        })
        .sum();
    total / places as f64
}

/// Gaussian weights of sum 1; as many as there are positions, at most 11.
fn window(positions: usize) -> Vec<f64> {
    let length = positions.min(11);
    let centre = (length as f64 - 1.0) / 2.0;
    let weights: Vec<f64> = (0..length)
        .map(|i| (-((i as f64 - centre) / 1.5).powi(2) / 2.0).exp())
        .collect();
    let total: f64 = weights.iter().sum();
    weights.iter().map(|weight| weight / total).collect()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn first(x: u32, y: u32, c: u32) -> u32 {
        (x * 7 + y * 13 + c * 29) % 256
    }

    /// The first picture with a pattern added to its middle tones.
    fn second(x: u32, y: u32, c: u32) -> u32 {
        match first(x, y, c) {
            value @ 6..200 => value + x * y * (c + 1) % 23 - 5,
            value => value,
        }
    }

    fn picture(width: u32, height: u32, value: impl Fn(u32, u32, u32) -> u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            Rgb([0, 1, 2].map(|c| value(x, y, c) as u8))
        })
    }

    /// Numbers from scikit-image 0.26 (`gaussian_weights`, sigma 1.5, population covariance), and for SSIM from a
    /// direct sum over windows as well.
    #[test]
    fn as_scikit_image_measures() {
        let (a, b) = (picture(24, 17, first), picture(24, 17, second));
        assert!((psnr(&a, &b) - 30.945_257_581_520_657).abs() < 1e-9);
        assert!((ssim(&a, &b) - 0.981_854_612_262_31).abs() < 1e-9);
    }

    #[test]
    fn known_cases() {
        let (black, white) = (RgbImage::new(12, 12), picture(12, 12, |_, _, _| 255));
        assert_eq!(psnr(&black, &black), f64::INFINITY);
        assert!(psnr(&black, &white).abs() < 1e-12);
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
            assert_eq!(psnr(&a, &b), psnr(&b, &a));
            assert!((ssim(&a, &b) - ssim(&b, &a)).abs() < 1e-12);
            assert!((ssim(&a, &a) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn different_sizes_have_no_number() {
        let (a, b) = (RgbImage::new(4, 5), RgbImage::new(5, 4));
        assert!(psnr(&a, &b).is_nan() && ssim(&a, &b).is_nan());
        assert!(ssim(&RgbImage::new(0, 0), &RgbImage::new(0, 0)).is_nan());
    }
}
