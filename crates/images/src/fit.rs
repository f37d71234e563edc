use crate::resize::lanczos;
use image::{Rgb, RgbImage, imageops};
use std::fmt;
use std::str::FromStr;

/// How a picture that is not square becomes square. Nothing is ever stretched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fit {
    /// Keep all of it and fill around it with the background's colour, as the training photographs were made.
    #[default]
    Pad,
    /// Keep the largest square in the middle.
    Crop,
}

/// A word that names no [`Fit`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a way to make a photo square; use `pad` or `crop`")]
pub struct FitError(String);

impl FromStr for Fit {
    type Err = FitError;

    fn from_str(word: &str) -> Result<Self, FitError> {
        match word {
            "pad" => Ok(Self::Pad),
            "crop" => Ok(Self::Crop),
            other => Err(FitError(other.to_owned())),
        }
    }
}

impl fmt::Display for Fit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pad => "pad",
            Self::Crop => "crop",
        })
    }
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
    let whole = match fit {
        Fit::Pad => pad(image),
        Fit::Crop => crop(image),
    };
    lanczos(&whole, side, side)
}

fn pad(image: &RgbImage) -> RgbImage {
    let (width, height) = image.dimensions();
    let length = width.max(height);
    let mut square = RgbImage::from_pixel(length, length, border(image));
    let (left, top) = ((length - width) / 2, (length - height) / 2);
    imageops::replace(&mut square, image, left.into(), top.into());
    square
}

fn crop(image: &RgbImage) -> RgbImage {
    let (width, height) = image.dimensions();
    let length = width.min(height);
    let (left, top) = ((width - length) / 2, (height - length) / 2);
    imageops::crop_imm(image, left, top, length, length).to_image()
}

/// Per channel, the median of the border's pixels: for a product photo, its background.
fn border(image: &RgbImage) -> Rgb<u8> {
    let (right, bottom) = (image.width() - 1, image.height() - 1);
    let mut counts = [[0u32; 256]; 3];
    let mut total = 0;
    for (x, y, pixel) in image.enumerate_pixels() {
        if x == 0 || y == 0 || x == right || y == bottom {
            total += 1;
            for (count, &value) in counts.iter_mut().zip(&pixel.0) {
                count[usize::from(value)] += 1;
            }
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
