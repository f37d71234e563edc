//! Random shifts, so that a network learns what a picture shows and not where.

use images::RgbImage;
use rand::{Rng, RngExt};

/// Pixels a picture moves at most, in each direction.
pub const FARTHEST: i32 = 4;

/// How far a picture moves, right and down.
pub fn draw(rng: &mut impl Rng) -> (i32, i32) {
    let mut one = || rng.random_range(-FARTHEST..=FARTHEST);
    (one(), one())
}

/// `picture` moved by `right` and `down` pixels; its border fills what it leaves.
pub fn shifted(picture: &RgbImage, (right, down): (i32, i32)) -> RgbImage {
    let (width, height) = picture.dimensions();
    let from = |place: u32, by: i32, size: u32| {
        (i64::from(place) - i64::from(by)).clamp(0, i64::from(size) - 1) as u32
    };
    RgbImage::from_fn(width, height, |x, y| {
        *picture.get_pixel(from(x, right, width), from(y, down, height))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use images::RgbImage;

    #[test]
    fn a_picture_moves_and_its_border_follows() {
        let picture = RgbImage::from_fn(3, 2, |x, y| image::Rgb([(10 * x + y) as u8; 3]));
        let red = |by| -> Vec<u8> { shifted(&picture, by).pixels().map(|p| p[0]).collect() };
        assert_eq!(red((0, 0)), [0, 10, 20, 1, 11, 21]);
        assert_eq!(red((1, 0)), [0, 0, 10, 1, 1, 11]);
        assert_eq!(red((-2, 1)), [20, 20, 20, 20, 20, 20]);
        assert_eq!(red((9, -9)), [1, 1, 1, 1, 1, 1]);
    }
}
