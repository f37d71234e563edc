//! The pictures of a training: small, as bytes, because thousands of them are to fit.

use bigan::SIDE;
use bigan::trainer::Pick;
use images::{RgbImage, to_signed};

use crate::WorkshopError;

/// Bytes of one picture: 64x64, red, green and blue.
pub const PICTURE_BYTES: usize = 3 * SIDE * SIDE;

/// Pictures one after the other.
#[derive(Debug)]
pub struct Pictures(pub(super) Vec<u8>);

impl Pictures {
    /// Takes the bytes of whole pictures.
    ///
    /// # Errors
    /// There are fewer than two, or half a picture.
    pub fn new(bytes: Vec<u8>) -> Result<Self, WorkshopError> {
        match bytes.len().is_multiple_of(PICTURE_BYTES) && bytes.len() >= 2 * PICTURE_BYTES {
            true => Ok(Self(bytes)),
            false => Err(WorkshopError::FewPictures(bytes.len() / PICTURE_BYTES)),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len() / PICTURE_BYTES
    }

    /// Picture number `index`.
    pub fn get(&self, index: usize) -> RgbImage {
        let bytes = self.0.chunks_exact(PICTURE_BYTES).nth(index);
        let side = SIDE as u32;
        RgbImage::from_raw(side, side, bytes.unwrap_or_default().to_vec())
            .unwrap_or_else(|| RgbImage::new(side, side))
    }

    /// At most `count` of them, spread evenly over all.
    pub fn spread(&self, count: usize) -> Vec<RgbImage> {
        let count = count.min(self.count());
        (0..count)
            .map(|index| self.get(index * self.count() / count))
            .collect()
    }

    /// A batch's values, `[picks, 3, 64, 64]` in `[-1, 1]`, flat.
    pub fn batch(&self, picks: &[Pick]) -> Vec<f32> {
        let mut values = Vec::with_capacity(picks.len() * PICTURE_BYTES);
        for pick in picks {
            let mut picture = to_signed(&self.get(pick.index));
            if pick.flip {
                picture.chunks_exact_mut(SIDE).for_each(<[f32]>::reverse);
            }
            values.extend(picture);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_its_pictures_and_mirrored_ones_are_the_other_way_round() {
        let outfits = (3..7).flat_map(|seed| outfits::outfit(seed, SIDE as u32).image.into_raw());
        let pictures = Pictures::new(outfits.collect()).unwrap();
        assert_eq!(pictures.count(), 4);
        let pick = |flip| Pick { index: 2, flip };
        let values = pictures.batch(&[pick(false), pick(true)]);
        let (plain, mirrored) = values.split_at(PICTURE_BYTES);
        let outfit = outfits::outfit(5, SIDE as u32).image;
        assert_eq!(plain, to_signed(&outfit));
        let turned: Vec<f32> = plain
            .chunks_exact(SIDE)
            .flat_map(|row| row.iter().rev().copied())
            .collect();
        assert_eq!(mirrored, turned);
    }

    #[test]
    fn one_picture_or_half_of_one_is_refused() {
        for count in [0, PICTURE_BYTES, 2 * PICTURE_BYTES + 1] {
            assert!(Pictures::new(vec![0; count]).is_err(), "{count}");
        }
    }
}
