//! A box of whole pixels in a picture.

use image::{RgbImage, imageops};

/// A box of whole pixels in a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region {
    /// First column.
    pub left: u32,
    /// First row.
    pub top: u32,
    /// Columns.
    pub width: u32,
    /// Rows.
    pub height: u32,
}

impl Region {
    /// The square around the middle of this box, `margin` times the box's longer side away from it on each side.
    ///
    /// It is moved where it would leave the picture (`width` x `height` pixels), and cut where it is longer than the
    /// picture; only then it is no square. A margin that is negative or no number counts as 0.
    #[must_use]
    pub fn squared(self, margin: f64, (width, height): (u32, u32)) -> Self {
        let longer = f64::from(self.width.max(self.height));
        // `as` saturates, and takes NaN to 0.
        let around = (longer * margin.max(0.0)).round() as u32;
        let side = self
            .width
            .max(self.height)
            .saturating_add(around.saturating_mul(2));
        let (left, width) = along(self.left, self.width, side, width);
        let (top, height) = along(self.top, self.height, side, height);
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// Where this box of a picture of `width` x `height` was before the picture was turned clockwise by `turns` quarters.
    pub(crate) fn before(self, turns: u32, (width, height): (u32, u32)) -> Self {
        let from_right = width - self.left - self.width;
        let from_bottom = height - self.top - self.height;
        let (left, top) = match turns {
            1 => (self.top, from_right),
            2 => (from_right, from_bottom),
            3 => (from_bottom, self.left),
            _ => return self,
        };
        let (width, height) = match turns {
            2 => (self.width, self.height),
            _ => (self.height, self.width),
        };
        Self {
            left,
            top,
            width,
            height,
        }
    }

    /// This part of `image`; what lies outside the picture is left out.
    pub fn of(self, image: &RgbImage) -> RgbImage {
        imageops::crop_imm(image, self.left, self.top, self.width, self.height).to_image()
    }
}

/// `length` pixels around the middle of `first..first + extent`, moved and cut to lie in `0..end`.
fn along(first: u32, extent: u32, length: u32, end: u32) -> (u32, u32) {
    let length = length.min(end);
    let middle = u64::from(first) * 2 + u64::from(extent);
    let start = middle.saturating_sub(u64::from(length)) / 2;
    let last = u64::from(end - length);
    (start.min(last) as u32, length) // at most `end`
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(left: u32, top: u32, width: u32, height: u32) -> Region {
        Region {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn the_square_keeps_the_middle_and_its_margin() {
        let squared = region(40, 20, 10, 40).squared(0.1, (200, 100));
        assert_eq!(squared, region(21, 16, 48, 48));
    }

    #[test]
    fn at_the_edge_it_moves_and_where_the_picture_ends_it_is_cut() {
        let moved = region(0, 50, 10, 50).squared(0.0, (200, 100));
        assert_eq!(moved, region(0, 50, 50, 50));
        let cut = region(10, 0, 20, 100).squared(0.2, (60, 100));
        assert_eq!(cut, region(0, 0, 60, 100));
    }

    #[test]
    fn no_numbers_overflow() {
        let all = region(u32::MAX - 1, 0, u32::MAX, 1);
        for margin in [f64::INFINITY, f64::NAN, -1.0, 1e300] {
            let squared = all.squared(margin, (30, 20));
            assert!(squared.left + squared.width <= 30, "{squared:?}");
            assert_eq!(squared.of(&RgbImage::new(30, 20)).dimensions(), (30, 20));
        }
    }
}
