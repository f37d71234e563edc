//! The pictures of a training: small, as bytes, because thousands of them are to fit.

use bigan::trainer::Pick;
use images::{RgbImage, to_signed};

use crate::WorkshopError;

/// Pictures one after the other.
#[derive(Debug)]
pub struct Pictures {
    pub(super) bytes: Vec<u8>,
    side: usize,
}

impl Pictures {
    /// Takes the bytes of whole pictures of `side` x `side` pixels: red, green and blue.
    ///
    /// # Errors
    /// There are fewer than two, or half a picture.
    pub fn new(bytes: Vec<u8>, side: usize) -> Result<Self, WorkshopError> {
        let pictures = Self { bytes, side };
        let (length, picture) = (pictures.bytes.len(), pictures.picture_bytes());
        match length.is_multiple_of(picture) && length >= 2 * picture {
            true => Ok(pictures),
            false => Err(WorkshopError::FewPictures(length / picture)),
        }
    }

    /// Pixels along a side.
    pub fn side(&self) -> usize {
        self.side
    }

    /// Bytes of one.
    fn picture_bytes(&self) -> usize {
        (3 * self.side * self.side).max(1)
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.bytes.len() / self.picture_bytes()
    }

    /// Picture number `index`.
    pub fn get(&self, index: usize) -> RgbImage {
        let bytes = self.bytes.chunks_exact(self.picture_bytes()).nth(index);
        let side = self.side as u32;
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

    /// A batch's values, `[picks, 3, side, side]` in `[-1, 1]`, flat.
    pub fn batch(&self, picks: &[Pick]) -> Vec<f32> {
        let mut values = Vec::with_capacity(picks.len() * self.picture_bytes());
        for pick in picks {
            let mut picture = to_signed(&self.get(pick.index));
            if pick.flip {
                picture
                    .chunks_exact_mut(self.side)
                    .for_each(<[f32]>::reverse);
            }
            values.extend(picture);
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigan::SIDE;

    const PICTURE_BYTES: usize = 3 * SIDE * SIDE;

    #[test]
    fn a_batch_is_its_pictures_and_mirrored_ones_are_the_other_way_round() {
        let outfits = (3..7).flat_map(|seed| outfits::outfit(seed, SIDE as u32).image.into_raw());
        let pictures = Pictures::new(outfits.collect(), SIDE).unwrap();
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
            assert!(Pictures::new(vec![0; count], SIDE).is_err(), "{count}");
        }
    }
}
