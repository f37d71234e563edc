//! How far two codes lie apart: by how much their pictures differ, as far as pictures follow codes in straight lines.
//!
//! Numbers of a code are no measure by themselves: some hardly change a picture. So the linear map from codes to pictures of
//! 16x16 that fits the photographs best says how much each counts: their colours and outlines, and not where a fold lies.

use anyhow::{Context, Result};
use images::RgbImage;
use linfa_linalg::cholesky::SolveCInplace;
use ndarray::{Array2, Axis};

/// Pixels along one side of the pictures that count.
const SIDE: u32 = 16;
/// Share of the codes' mean variance that is added to each: fewer photographs than numbers would leave the map undetermined.
const RIDGE: f64 = 1e-6;

/// The metric of codes `[n, latent]` of as many pictures, `[latent, latent]` row by row: (a - b) metric (a - b) is the mean
/// square, over values of 0 to 1, of the difference of the pictures that the map gives for a and b.
pub fn of(codes: &[f32], latent: usize, pictures: &[RgbImage]) -> Result<Vec<f32>> {
    let codes = Array2::from_shape_fn((pictures.len(), latent), |(row, column)| {
        f64::from(codes[row * latent + column])
    });
    let rows: Vec<f64> = pictures.iter().flat_map(small).collect();
    let values = rows.len() / pictures.len().max(1);
    let small = Array2::from_shape_vec((pictures.len(), values), rows)?;
    let (codes, small) = (centred(codes)?, centred(small)?);
    let mut gram = codes.t().dot(&codes);
    let ridge = RIDGE * gram.diag().sum() / latent as f64;
    gram.diag_mut().map_inplace(|value| *value += ridge);
    let mut map = codes.t().dot(&small);
    gram.solvec_inplace(&mut map)
        .context("the codes of these photographs are all alike: none is nearer than another")?;
    let metric = map.dot(&map.t()) / values as f64;
    Ok(metric.iter().map(|value| *value as f32).collect())
}

/// Without the rows' mean.
fn centred(rows: Array2<f64>) -> Result<Array2<f64>> {
    let mean = rows
        .mean_axis(Axis(0))
        .context("there are no photographs")?;
    Ok(rows - &mean)
}

/// A picture's values, 0 to 1, each the mean of a square of its pixels.
fn small(picture: &RgbImage) -> Vec<f64> {
    let part = picture.width() / SIDE;
    let mut means = vec![0.0; (3 * SIDE * SIDE) as usize];
    for (x, y, pixel) in picture.enumerate_pixels() {
        let at = 3 * (y / part * SIDE + x / part) as usize;
        for (mean, value) in means[at..at + 3].iter_mut().zip(pixel.0) {
            *mean += f64::from(value) / 255.0 / f64::from(part * part);
        }
    }
    means
}

#[cfg(test)]
mod tests {
    use super::*;
    use images::Rgb;

    #[test]
    fn a_number_counts_as_much_as_it_changes_pictures() {
        // The first number is the picture's brightness, 51 of 255 for each one; the second changes nothing.
        let codes: Vec<[f32; 2]> =
            vec![[0.0, 0.0], [1.0, 4.0], [2.0, -3.0], [3.0, 1.0], [4.0, 0.0]];
        let pictures: Vec<_> = codes
            .iter()
            .map(|code| RgbImage::from_pixel(64, 64, Rgb([(51.0 * code[0]) as u8; 3])))
            .collect();
        let metric = of(&codes.concat(), 2, &pictures).unwrap();
        for (found, expected) in metric.iter().zip([0.04, 0.0, 0.0, 0.0]) {
            assert!((found - expected).abs() < 1e-6, "{metric:?}");
        }
    }

    #[test]
    fn what_is_small_is_the_mean_of_squares() {
        let mut picture = RgbImage::new(64, 64);
        // Half of the second square of the first row.
        for (x, y) in [
            (4, 0),
            (5, 0),
            (6, 0),
            (7, 0),
            (4, 1),
            (5, 1),
            (6, 1),
            (7, 1),
        ] {
            picture.put_pixel(x, y, Rgb([255, 0, 51]));
        }
        let small = small(&picture);
        assert_eq!(small.len(), 768);
        assert!((small[3] - 0.5).abs() < 1e-12 && (small[5] - 0.1).abs() < 1e-12);
        assert!((small.iter().sum::<f64>() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn fewer_photographs_than_numbers_are_no_special_case_and_equal_codes_are() {
        let pictures = [10, 200].map(|shade| RgbImage::from_pixel(64, 64, Rgb([shade; 3])));
        let codes = [1.0, 0.0, 2.0, 0.0, 1.0, 0.0];
        let metric = of(&codes, 3, &pictures).unwrap();
        assert!(metric.iter().all(|value| value.is_finite()));
        let told = of(&[1.0; 6], 3, &pictures).unwrap_err().to_string();
        assert!(told.contains("all alike"), "{told}");
    }
}
