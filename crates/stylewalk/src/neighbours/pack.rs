//! Photographs as small JPEG files, as many and as good as the size of a file allows.

use anyhow::{Context, Result};
use images::RgbImage;
use inference::Neighbours;
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use rayon::prelude::*;

/// Bytes of the file at most.
const LARGEST: usize = 3_000_000;
/// Of those, what the file says of itself, and the scales of codes.
const ABOUT: usize = 4096;
/// JPEG's quality: below the first edges get rings that anybody sees, and above the second nobody sees a difference.
const QUALITIES: (u8, u8) = (40, 90);

/// Pictures, and their files, which begin alike.
pub struct Packed {
    /// Those that were taken.
    pub pictures: Vec<RgbImage>,
    files: Vec<Vec<u8>>,
}

impl Packed {
    /// As many of `pictures` as fit beside codes of `latent` numbers, as good as they fit.
    pub fn of(pictures: Vec<RgbImage>, latent: usize) -> Result<Self> {
        // The metric is a number for each two of a code's.
        Self::within(LARGEST - ABOUT - 4 * latent * latent, pictures, latent)
    }

    fn within(room: usize, mut pictures: Vec<RgbImage>, latent: usize) -> Result<Self> {
        let (mut least, mut most) = QUALITIES;
        let mut files = encoded(&pictures, least)?;
        while size(&files, latent) > room {
            // One in a hundred less than would fit if all were alike.
            let fitting = pictures.len() * room / size(&files, latent);
            pictures = thinned(pictures, fitting - fitting.div_ceil(100));
            files = encoded(&pictures, least)?;
        }
        while least < most {
            let quality = (least + most).div_ceil(2);
            let better = encoded(&pictures, quality)?;
            if size(&better, latent) <= room {
                (least, files) = (quality, better);
            } else {
                most = quality - 1;
            }
        }
        Ok(Self { pictures, files })
    }

    /// With the pictures' codes, and a metric of those.
    pub fn with(&self, latent: usize, codes: Vec<f32>, metric: Vec<f32>) -> Result<Neighbours> {
        Neighbours::new(latent, codes, metric, &self.files)
            .context("the photographs are too few or too large to lie beside a model")
    }
}

/// What files, whose headers are stored once, and codes of `latent` bytes take.
fn size(files: &[Vec<u8>], latent: usize) -> usize {
    let header = files
        .first()
        .map_or(0, |file| Neighbours::header(file).len());
    header
        + files
            .iter()
            .map(|file| file.len() - header + latent)
            .sum::<usize>()
}

/// `count` of the pictures, spread evenly over all.
fn thinned(pictures: Vec<RgbImage>, count: usize) -> Vec<RgbImage> {
    let all = pictures.len();
    let taken = pictures.into_iter().enumerate();
    taken
        .filter(|(at, _)| (at + 1) * count / all > at * count / all)
        .map(|(_, picture)| picture)
        .collect()
}

fn encoded(pictures: &[RgbImage], quality: u8) -> Result<Vec<Vec<u8>>> {
    pictures
        .par_iter()
        .map(|picture| encode(picture, quality))
        .collect()
}

/// With JPEG's own Huffman tables, so that files of one quality and size begin alike, and colour at half the resolution.
fn encode(picture: &RgbImage, quality: u8) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, quality);
    encoder.set_sampling_factor(SamplingFactor::F_2_2);
    let (width, height) = (picture.width() as u16, picture.height() as u16);
    encoder
        .encode(picture, width, height, ColorType::Rgb)
        .context("a photograph cannot be stored as JPEG")?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use images::Rgb;

    /// Pictures of one colour each, with a corner that takes more than a few bytes.
    fn pictures() -> Vec<RgbImage> {
        let picture = |shade: u8| {
            RgbImage::from_fn(64, 64, |x, y| match x + y < 40 {
                true => Rgb([(x * 37 % 256) as u8, (y * 91 % 256) as u8, shade]),
                false => Rgb([shade; 3]),
            })
        };
        (0..20).map(|number| picture(12 * number)).collect()
    }

    #[test]
    fn every_picture_comes_out_as_it_went_in_but_for_what_jpeg_takes() {
        let packed = Packed::of(pictures(), 3).unwrap();
        assert_eq!(packed.pictures.len(), 20);
        let (codes, metric) = (vec![0.0; 60], vec![0.0; 9]);
        let neighbours = packed.with(3, codes, metric).unwrap();
        for (number, picture) in pictures().iter().enumerate() {
            let found = neighbours.picture(number).unwrap();
            let psnr = images::psnr(picture, &found);
            assert!(psnr > 20.0, "{number}: {psnr} dB");
        }
    }

    #[test]
    fn the_best_quality_that_fits_is_taken_and_then_fewer_pictures() {
        let total = |packed: &Packed| size(&packed.files, 3);
        let all = Packed::within(usize::MAX, pictures(), 3).unwrap();
        let room = total(&all) - 1;
        let smaller = Packed::within(room, pictures(), 3).unwrap();
        assert_eq!(smaller.pictures.len(), 20);
        assert!(total(&smaller) <= room && total(&smaller) > room / 2);

        let few = Packed::within(total(&all) / 10, pictures(), 3).unwrap();
        assert!((1..20).contains(&few.pictures.len()));
        assert!(total(&few) <= total(&all) / 10);
    }

    #[test]
    fn pictures_are_left_out_evenly() {
        let shades = |count| -> Vec<u8> {
            let thin = thinned(pictures(), count);
            thin.iter()
                .map(|picture| picture[(63, 63)][0] / 12)
                .collect()
        };
        assert_eq!(shades(4), [4, 9, 14, 19]);
        assert!(shades(0).is_empty());
        assert_eq!(shades(20).len(), 20);
    }
}
