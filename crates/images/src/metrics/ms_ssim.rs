//! Multi-scale structural similarity.

use super::window::{Plane, SIDE};
use image::RgbImage;

/// How much each scale weighs, the finest first (Wang, Simoncelli and Bovik 2003, measured on people).
const WEIGHTS: [f64; 5] = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333];

/// Multi-scale structural similarity (Wang, Simoncelli and Bovik 2003), the mean over red, green and blue. NaN if sizes
/// differ or are zero.
///
/// The original's five scales need 176 pixels: after four halvings its 11x11 window no longer fits a smaller picture.
/// There, as the published implementations allow and small pictures are commonly measured, as many of the finest scales
/// count as the window fits ([`ms_ssim_scales`]; 64x64 has three), their weights scaled to a sum of 1. Negative parts
/// count as 0, since a power of them is no number.
pub fn ms_ssim(a: &RgbImage, b: &RgbImage) -> f64 {
    if a.dimensions() != b.dimensions() || a.as_raw().is_empty() {
        return f64::NAN;
    }
    let weights = &WEIGHTS[..ms_ssim_scales(a.width().min(a.height()))];
    let channels = (0..3).map(|c| channel(Plane::new(a, c), Plane::new(b, c), weights));
    channels.sum::<f64>() / 3.0
}

/// How many scales a picture whose shorter side is `side` has: 5 from 176 pixels on, 3 at 64, at least 1.
pub fn ms_ssim_scales(side: u32) -> usize {
    let fits = |scale: &usize| (side >> scale) as usize >= SIDE;
    (0..WEIGHTS.len()).take_while(fits).count().max(1)
}

/// Contrast and structure of every scale, and luminance of the coarsest, each to the power of its weight.
fn channel(mut a: Plane, mut b: Plane, weights: &[f64]) -> f64 {
    let total: f64 = weights.iter().sum();
    let mut product = 1.0;
    for (scale, weight) in (1..).zip(weights) {
        let found = a.similarity(&b);
        let part = if scale == weights.len() {
            found.ssim
        } else {
            found.contrast_structure
        };
        product *= part.max(0.0).powf(weight / total);
        (a, b) = (a.halved(), b.halved());
    }
    product
}
