//! Local statistics of two pictures under a Gaussian window: what SSIM is made of.

use image::RgbImage;

/// Side of the window, in pixels (Wang et al. 2004).
pub const SIDE: usize = 11;

const C1: f64 = (0.01 * 255.0) * (0.01 * 255.0);
const C2: f64 = (0.03 * 255.0) * (0.03 * 255.0);

/// One channel, values 0 to 255.
pub struct Plane {
    width: usize,
    values: Vec<f64>,
}

/// The parts of SSIM of two channels, each the mean over all positions where the window lies inside.
pub struct Similarity {
    /// Luminance, contrast and structure together.
    pub ssim: f64,
    /// Contrast and structure without luminance.
    pub contrast_structure: f64,
}

impl Plane {
    pub fn new(image: &RgbImage, channel: usize) -> Self {
        Self {
            width: image.width() as usize,
            values: image.pixels().map(|p| f64::from(p[channel])).collect(),
        }
    }

    fn height(&self) -> usize {
        self.values.len() / self.width
    }

    fn product(&self, other: &Self) -> Self {
        let pairs = self.values.iter().zip(&other.values);
        Self {
            width: self.width,
            values: pairs.map(|(a, b)| a * b).collect(),
        }
    }

    /// Half the size, each value the mean of two by two; an odd last row or column is left out.
    pub fn halved(&self) -> Self {
        let width = self.width / 2;
        let rows = self.values.chunks_exact(self.width);
        let rows: Vec<&[f64]> = rows.take(self.height() / 2 * 2).collect();
        let pairs = rows.chunks_exact(2).flat_map(|rows| {
            let (upper, lower) = (rows[0].chunks_exact(2), rows[1].chunks_exact(2));
            upper
                .zip(lower)
                .map(|(a, b)| (a[0] + a[1] + b[0] + b[1]) / 4.0)
        });
        Self {
            width,
            values: pairs.collect(),
        }
    }

    /// Windowed means at every position where the window fits.
    fn blur(&self) -> Vec<f64> {
        let (across, down) = (weights(self.width), weights(self.height()));
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

    /// Compares two channels of one size.
    pub fn similarity(&self, other: &Self) -> Similarity {
        let (mean_a, mean_b) = (self.blur(), other.blur());
        let (square_a, square_b) = (self.product(self).blur(), other.product(other).blur());
        let cross = self.product(other).blur();
        let positions = mean_a.len();
        let mut total = Similarity {
            ssim: 0.0,
            contrast_structure: 0.0,
        };
        for i in 0..positions {
            let (ma, mb) = (mean_a[i], mean_b[i]);
            let (variance_a, variance_b) = (square_a[i] - ma * ma, square_b[i] - mb * mb);
            let covariance = cross[i] - ma * mb;
            let contrast_structure = (2.0 * covariance + C2) / (variance_a + variance_b + C2);
            total.contrast_structure += contrast_structure;
            total.ssim += contrast_structure * (2.0 * ma * mb + C1) / (ma * ma + mb * mb + C1);
        }
        Similarity {
            ssim: total.ssim / positions as f64,
            contrast_structure: total.contrast_structure / positions as f64,
        }
    }
}

/// Gaussian weights of sum 1 and deviation 1.5; as many as there are positions, at most [`SIDE`].
fn weights(positions: usize) -> Vec<f64> {
    let length = positions.min(SIDE);
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

    #[test]
    fn halving_means_two_by_two_and_leaves_out_what_is_odd() {
        let plane = Plane {
            width: 3,
            values: vec![0.0, 4.0, 9.0, 8.0, 12.0, 9.0, 9.0, 9.0, 9.0],
        };
        let half = plane.halved();
        assert_eq!((half.width, half.values), (1, vec![6.0]));
    }
}
