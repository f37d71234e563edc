//! How a picture that is not square becomes square.

use crate::resize::{Frame, lanczos, lanczos_of};
use image::{Rgb, RgbImage};
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString};

/// How a picture that is not square becomes square; it is never stretched. Files and flags say `pad` or `crop`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_fn = unknown, parse_err_ty = FitError)]
pub enum Fit {
    /// Keep all of it and fill around it with the background's colour, as the training photographs were made.
    #[default]
    Pad,
    /// Keep the largest square in the middle.
    Crop,
}

/// What of a photograph a model sees. Cards and flags say `whole` or `garment`.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, Display, EnumString,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub enum Subject {
    /// All of it.
    #[default]
    Whole,
    /// The garment alone, on white.
    Garment,
}

impl Subject {
    /// Whether it is all of the photograph, as in files that are older than the garment.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        *self == Self::Whole
    }
}

/// A word that names no [`Fit`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a way to make a photo square; use `pad` or `crop`")]
pub struct FitError(String);

fn unknown(word: &str) -> FitError {
    FitError(word.to_owned())
}

/// Makes a picture `side` x `side`, antialiased (Lanczos); an empty picture becomes white, `side` 0 an empty one.
///
/// [`Fit::Pad`] fills with, per channel, the median of all pixels of the one-pixel-wide border.
pub fn square(image: &RgbImage, side: u32, fit: Fit) -> RgbImage {
    let (width, height) = image.dimensions();
    if width == 0 || height == 0 || side == 0 {
        return RgbImage::from_pixel(side, side, Rgb([255; 3]));
    }
    if (width, height) == (side, side) {
        return image.clone();
    }
    if width == height {
        return lanczos(image, side, side);
    }
    let length = match fit {
        Fit::Pad => width.max(height),
        Fit::Crop => width.min(height),
    };
    let frame = Frame::middle((width, height), length);
    lanczos_of(image, frame, border(image), side, side)
}

/// Per channel, the median of the border's pixels: for a product photo, its background.
pub(crate) fn border(image: &RgbImage) -> Rgb<u8> {
    let (right, bottom) = (image.width() - 1, image.height() - 1);
    let mut counts = [[0u32; 256]; 3];
    let mut total = 0;
    let mut take = |x, y| {
        total += 1;
        let Rgb(pixel) = image.get_pixel(x, y);
        for (count, &value) in counts.iter_mut().zip(pixel) {
            count[usize::from(value)] += 1;
        }
    };
    for x in 0..=right {
        take(x, 0);
        if bottom > 0 {
            take(x, bottom);
        }
    }
    for y in 1..bottom {
        take(0, y);
        if right > 0 {
            take(right, y);
        }
    }
    Rgb(counts.map(|count| median(&count, total)))
}

/// The value in the middle of a histogram of `total` values; the mean of the middle two, halves rounded up, if even.
fn median(count: &[u32; 256], total: u32) -> u8 {
    let ranked = |rank: u32| {
        let mut below = 0;
        count
            .iter()
            .position(|&c| {
                below += c;
                below > rank
            })
            .unwrap_or(255)
    };
    (ranked((total - 1) / 2) + ranked(total / 2)).div_ceil(2) as u8 // both at most 255
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Four columns of one colour on each side of a 2x2 middle.
    fn wide() -> RgbImage {
        RgbImage::from_fn(10, 2, |x, _| {
            Rgb(if x < 4 {
                [0; 3]
            } else if x < 6 {
                [99, 9, 9]
            } else {
                [200; 3]
            })
        })
    }

    #[test]
    fn padding_lies_above_and_below_in_the_border_s_median() {
        let image = RgbImage::from_fn(8, 4, |x, y| {
            let edge = x == 0 || y == 0 || x == 7 || y == 3;
            Rgb(if edge { [50, 60, 70] } else { [250, 0, 0] })
        });
        assert_eq!(border(&image).0, [50, 60, 70]);
        let padded = RgbImage::from_fn(8, 8, |x, y| {
            let inside = (2..6).contains(&y);
            if inside {
                *image.get_pixel(x, y - 2)
            } else {
                Rgb([50, 60, 70])
            }
        });
        assert_eq!(square(&image, 5, Fit::Pad), lanczos(&padded, 5, 5));
    }

    #[test]
    fn each_pixel_of_the_border_counts_once() {
        for (width, height) in [(1u32, 1u32), (1, 3), (3, 1), (2, 2), (3, 3)] {
            // Half of the pixels and one more are 9, so that a pixel counted twice or left out moves the median.
            let many = (width * height).div_ceil(2);
            let image = RgbImage::from_fn(width, height, |x, y| {
                let edge = x == 0 || y == 0 || x == width - 1 || y == height - 1;
                Rgb([if edge && y * width + x < many { 9 } else { 200 }; 3])
            });
            let mut values: Vec<u32> = image
                .enumerate_pixels()
                .filter(|(x, y, _)| *x == 0 || *y == 0 || *x == width - 1 || *y == height - 1)
                .map(|(_, _, pixel)| u32::from(pixel[0]))
                .collect();
            values.sort_unstable();
            let middle = values[(values.len() - 1) / 2] + values[values.len() / 2];
            assert_eq!(
                u32::from(border(&image)[0]),
                middle.div_ceil(2),
                "{width}x{height}"
            );
        }
    }

    /// As a square it would take 120 gigabytes.
    #[test]
    fn a_long_picture_takes_no_memory_for_what_is_not_there() {
        let strip = RgbImage::from_fn(200_000, 2, |x, _| Rgb([(x / 100_000 * 200) as u8; 3]));
        let padded = square(&strip, 64, Fit::Pad);
        assert_eq!(padded.get_pixel(5, 5).0, [100; 3]);
        let cropped = square(&strip, 64, Fit::Crop);
        assert_eq!(cropped.get_pixel(5, 5).0, [0; 3]);
        assert!(cropped.get_pixel(60, 60)[0] >= 200);
    }

    #[test]
    fn cropping_keeps_the_middle() {
        let made = square(&wide(), 2, Fit::Crop);
        assert_eq!(made, RgbImage::from_pixel(2, 2, Rgb([99, 9, 9])));
    }

    #[test]
    fn the_median_of_an_even_number_is_the_rounded_mean_of_the_middle() {
        let mut count = [0; 256];
        (count[10], count[13]) = (2, 2);
        assert_eq!(median(&count, 4), 12);
        count[255] = 1;
        assert_eq!(median(&count, 5), 13);
    }

    #[test]
    fn nothing_is_stretched_and_no_size_fails() {
        for (width, height) in [
            (1, 1),
            (1, 500),
            (500, 1),
            (63, 64),
            (64, 64),
            (200, 130),
            (3, 2),
        ] {
            let image = RgbImage::from_pixel(width, height, Rgb([12, 200, 90]));
            for fit in [Fit::Pad, Fit::Crop] {
                let made = square(&image, 64, fit);
                assert_eq!(
                    made,
                    RgbImage::from_pixel(64, 64, Rgb([12, 200, 90])),
                    "{width}x{height} {fit}"
                );
            }
        }
        assert_eq!(
            square(&RgbImage::new(0, 7), 4, Fit::Pad),
            RgbImage::from_pixel(4, 4, Rgb([255; 3]))
        );
        assert_eq!(square(&wide(), 0, Fit::Pad).dimensions(), (0, 0));
    }

    #[test]
    fn words_name_fits() {
        assert_eq!("pad".parse(), Ok(Fit::Pad));
        assert_eq!(Fit::Crop.to_string().parse(), Ok(Fit::Crop));
        let error = "stretch".parse::<Fit>().unwrap_err().to_string();
        assert!(error.contains("`stretch`") && error.contains("`pad` or `crop`"));
        let json = serde_json::to_string(&[Fit::Pad, Fit::Crop]).unwrap();
        assert_eq!(json, r#"["pad","crop"]"#);
    }
}
