//! How far pictures are from each other: L2 distances.

use image::RgbImage;

/// L2 distance of two pictures of one size, in 8-bit steps.
pub fn distance(a: &RgbImage, b: &RgbImage) -> f64 {
    let squares = a.as_raw().iter().zip(b.as_raw());
    let sum: u64 = squares.map(|(a, b)| u64::from(a.abs_diff(*b)).pow(2)).sum();
    (sum as f64).sqrt()
}

/// How varied pictures are: the mean L2 distance over pairs of different places; NaN for fewer than two pictures.
///
/// Every pair of up to 45 pictures counts. Of more, each is compared with those a fixed number of places further on,
/// for 22 such numbers spread over all, so that the time grows with the pictures and not with their pairs.
pub fn mean_distance(pictures: &[RgbImage]) -> f64 {
    let count = pictures.len();
    let shifts = 22.min(count / 2);
    let mut sum = 0.0;
    let mut pairs = 0u64;
    for shift in 1..=shifts {
        // Evenly over the first half: a shift beyond it meets the pairs of a smaller one again.
        let places = (shift * (count / 2)).div_ceil(shifts);
        // Half way round, every pair would be met from both sides.
        let starts = if 2 * places == count { places } else { count };
        for index in 0..starts {
            sum += distance(&pictures[index], &pictures[(index + places) % count]);
            pairs += 1;
        }
    }
    sum / pairs as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    fn flat(level: u8) -> RgbImage {
        RgbImage::from_pixel(2, 2, Rgb([level; 3]))
    }

    #[test]
    fn all_pairs_of_a_few_pictures_count_once() {
        for count in [2, 3, 6, 7] {
            let pictures: Vec<RgbImage> = (0..count).map(|i| flat(i * i)).collect();
            let mut all = Vec::new();
            for (index, one) in pictures.iter().enumerate() {
                all.extend(pictures[..index].iter().map(|other| distance(one, other)));
            }
            let expected = all.iter().sum::<f64>() / all.len() as f64;
            assert!(
                (mean_distance(&pictures) - expected).abs() < 1e-9,
                "{count}"
            );
        }
    }

    #[test]
    fn two_kinds_of_picture_are_half_as_far_apart_as_two_different_ones() {
        let pictures: Vec<RgbImage> = (0..100).map(|i| flat(10 * (i % 2))).collect();
        let apart = distance(&flat(0), &flat(10));
        let ratio = mean_distance(&pictures) / apart;
        assert!((0.4..0.6).contains(&ratio), "{ratio}");
        assert_eq!(mean_distance(&vec![flat(7); 60]), 0.0);
        assert!(mean_distance(&[flat(7)]).is_nan());
    }
}
