//! The part of a photograph that somebody chose.

use crate::Region;
use image::{RgbImage, imageops};

/// The part of a photograph that somebody chose: turned first, then a square cut out.
///
/// Lengths are shares of the turned picture's longer side, so that they fit a reduced picture as well as the photograph.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View {
    /// Quarter turns clockwise.
    pub turns: u32,
    /// The square's left edge.
    pub left: f64,
    /// The square's top edge.
    pub top: f64,
    /// The square's side.
    pub side: f64,
}

impl View {
    /// What is seen of `image`: a square of at least one pixel where the square lies inside, otherwise what there is.
    pub fn of(&self, image: &RgbImage) -> RgbImage {
        let turns = self.turns % 4;
        let (across, down) = image.dimensions();
        let (width, height) = match turns {
            1 | 3 => (down, across),
            _ => (across, down),
        };
        let longer = f64::from(width.max(height));
        // `as` saturates, and takes NaN to 0.
        let pixels = |share: f64| (share * longer).round() as u32;
        let side = pixels(self.side).max(1);
        let left = pixels(self.left).min(width.saturating_sub(1));
        let top = pixels(self.top).min(height.saturating_sub(1));
        let seen = Region {
            left,
            top,
            width: side.min(width - left),
            height: side.min(height - top),
        };
        // Cut first: a long photograph is not stored a second time to be turned.
        let part = seen.before(turns, (width, height)).of(image);
        match turns {
            1 => imageops::rotate90(&part),
            2 => imageops::rotate180(&part),
            3 => imageops::rotate270(&part),
            _ => part,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    /// 4 x 2 pixels, each of its own colour: 0 1 2 3 over 4 5 6 7.
    fn photo() -> RgbImage {
        RgbImage::from_fn(4, 2, |x, y| Rgb([(4 * y + x) as u8; 3]))
    }

    fn seen(turns: u32, left: f64, top: f64, side: f64) -> (u32, Vec<u8>) {
        let view = View {
            turns,
            left,
            top,
            side,
        };
        let part = view.of(&photo());
        (part.width(), part.pixels().map(|pixel| pixel[0]).collect())
    }

    #[test]
    fn a_square_is_cut_where_it_was_chosen() {
        assert_eq!(seen(0, 0.25, 0.0, 0.5), (2, vec![1, 2, 5, 6]));
    }

    #[test]
    fn the_picture_is_turned_before_it_is_cut() {
        // A quarter turn: 4 0, 5 1, 6 2, 7 3.
        assert_eq!(seen(1, 0.0, 0.25, 0.5), (2, vec![5, 1, 6, 2]));
        assert_eq!(seen(2, 0.5, 0.0, 0.5), (2, vec![5, 4, 1, 0]));
        assert_eq!(seen(7, 0.0, 0.0, 0.5), (2, vec![3, 7, 2, 6]));
    }

    #[test]
    fn cut_and_turned_is_as_turned_and_cut() {
        let photo = RgbImage::from_fn(7, 5, |x, y| Rgb([(9 * y + x) as u8; 3]));
        for turns in 0..4 {
            let whole = View {
                turns,
                left: 0.0,
                top: 0.0,
                side: 1.0,
            }
            .of(&photo);
            for (left, top, side) in [(0.0, 0.0, 0.4), (0.3, 0.1, 0.5), (0.5, 0.3, 0.9)] {
                let part = View {
                    turns,
                    left,
                    top,
                    side,
                }
                .of(&photo);
                let again = View {
                    turns: 0,
                    left,
                    top,
                    side,
                }
                .of(&whole);
                assert_eq!(part, again, "{turns} {left} {top} {side}");
            }
        }
    }

    #[test]
    fn what_lies_outside_is_left_out_and_no_number_overflows() {
        assert_eq!(seen(0, 0.75, 0.25, 0.5), (1, vec![7]));
        assert_eq!(seen(0, 9.0, -1.0, f64::NAN), (1, vec![3]));
        assert_eq!(seen(0, 0.0, 0.0, f64::INFINITY).1.len(), 8);
        let nothing = View {
            turns: 0,
            left: 0.0,
            top: 0.0,
            side: 1.0,
        };
        assert_eq!(nothing.of(&RgbImage::new(0, 0)).dimensions(), (0, 0));
    }
}
