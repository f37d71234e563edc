//! Where the subject of a product photograph is: what differs from the background that shows at the border.

use crate::Region;
use crate::fit::border;
use crate::thumbnail;
use image::{Rgb, RgbImage};

/// Longer side of the reduced picture that is looked at: enough to find a garment, and averaging removes noise.
const REDUCED: u32 = 96;
/// Difference in one channel, of 255, from which a pixel is no background: above JPEG's noise and soft shadows.
const DIFFERENT: u8 = 28;
/// Share of the border that must be background. With less, the background is no single colour, and the picture may be
/// a scene; a subject that one side of the picture cuts off leaves more.
const PLAIN_BORDER: f64 = 0.6;
/// Pieces smaller than this share of the largest one are specks and captions; a second shoe is not.
const SPECK: f64 = 0.1;
/// Share of the picture that the subject's pixels must cover.
const LEAST: f64 = 0.01;

/// The box around what differs from the background's colour. None when it cannot be told: the border is of many
/// colours, or next to nothing differs from it.
///
/// The background's colour is the border's median, per channel. Pieces that hang together count when they are not
/// small beside the largest one.
pub fn subject(image: &RgbImage) -> Option<Region> {
    let (width, height) = image.dimensions();
    if width == 0 || height == 0 {
        return None;
    }
    let small = thumbnail(image, REDUCED);
    let background = border(&small);
    let columns = small.width() as usize;
    let differs: Vec<bool> = small
        .pixels()
        .map(|pixel| different(pixel, &background))
        .collect();
    if !has_plain_border(&differs, columns) {
        return None;
    }
    let pieces = pieces(differs, columns);
    let largest = pieces.iter().map(|piece| piece.pixels).max()?;
    if (largest as f64) < LEAST * f64::from(small.width() * small.height()) {
        return None;
    }
    let kept = pieces
        .into_iter()
        .filter(|piece| piece.pixels as f64 >= SPECK * largest as f64)
        .reduce(Piece::join)?;
    Some(kept.in_picture(small.dimensions(), (width, height)))
}

fn different(pixel: &Rgb<u8>, background: &Rgb<u8>) -> bool {
    let channels = pixel.0.iter().zip(background.0);
    channels
        .into_iter()
        .any(|(value, other)| value.abs_diff(other) > DIFFERENT)
}

fn has_plain_border(differs: &[bool], columns: usize) -> bool {
    let rows = differs.len() / columns;
    let is_border = |&(place, _): &(usize, &bool)| {
        let (x, y) = (place % columns, place / columns);
        x == 0 || y == 0 || x + 1 == columns || y + 1 == rows
    };
    let (mut plain, mut all) = (0, 0);
    for (_, &differs) in differs.iter().enumerate().filter(is_border) {
        all += 1;
        plain += usize::from(!differs);
    }
    plain as f64 >= PLAIN_BORDER * all as f64
}

/// Pixels that hang together, corners included: how many, and the box around them (last ones included).
struct Piece {
    pixels: usize,
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Piece {
    fn join(self, other: Self) -> Self {
        Self {
            pixels: self.pixels + other.pixels,
            left: self.left.min(other.left),
            top: self.top.min(other.top),
            right: self.right.max(other.right),
            bottom: self.bottom.max(other.bottom),
        }
    }

    /// The box in the picture that was reduced `from` its size `to`; nothing of the subject is left outside.
    fn in_picture(&self, from: (u32, u32), to: (u32, u32)) -> Region {
        let span = |first: usize, last: usize, from: u32, to: u32| {
            let scale = f64::from(to) / f64::from(from);
            let start = (first as f64 * scale).floor() as u32;
            let end = (((last + 1) as f64 * scale).ceil() as u32).min(to);
            (start, end.saturating_sub(start).max(1))
        };
        let (left, width) = span(self.left, self.right, from.0, to.0);
        let (top, height) = span(self.top, self.bottom, from.1, to.1);
        Region {
            left,
            top,
            width,
            height,
        }
    }
}

/// All pieces of the true pixels in rows of `columns`.
fn pieces(mut differs: Vec<bool>, columns: usize) -> Vec<Piece> {
    let mut found = Vec::new();
    for place in 0..differs.len() {
        if differs[place] {
            found.push(take_piece(&mut differs, columns, place));
        }
    }
    found
}

/// Takes the piece that `place` belongs to out of the true pixels.
fn take_piece(differs: &mut [bool], columns: usize, place: usize) -> Piece {
    let rows = differs.len() / columns;
    let at = |place: usize| Piece {
        pixels: 1,
        left: place % columns,
        top: place / columns,
        right: place % columns,
        bottom: place / columns,
    };
    differs[place] = false;
    let mut open = vec![place];
    let mut piece: Option<Piece> = None;
    while let Some(place) = open.pop() {
        let here = at(place);
        let (x, y) = (here.left, here.top);
        for y in y.saturating_sub(1)..(y + 2).min(rows) {
            for x in x.saturating_sub(1)..(x + 2).min(columns) {
                if std::mem::take(&mut differs[y * columns + x]) {
                    open.push(y * columns + x);
                }
            }
        }
        piece = Some(match piece {
            None => here,
            Some(piece) => piece.join(here),
        });
    }
    piece.unwrap_or_else(|| at(place))
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::imageops;

    /// `side` x `side` white with dark boxes.
    fn boxes(side: u32, boxes: &[Region]) -> RgbImage {
        let inside = |x: u32, y: u32| {
            boxes.iter().any(|region| {
                (region.left..region.left + region.width).contains(&x)
                    && (region.top..region.top + region.height).contains(&y)
            })
        };
        RgbImage::from_fn(side, side, |x, y| {
            // A little noise, as JPEG leaves it.
            let light = 255 - ((x * 7 + y * 13) % 9) as u8;
            Rgb(if inside(x, y) {
                [40, 20, 90]
            } else {
                [light; 3]
            })
        })
    }

    fn region(left: u32, top: u32, width: u32, height: u32) -> Region {
        Region {
            left,
            top,
            width,
            height,
        }
    }

    #[test]
    fn a_box_is_found_to_a_pixel_of_the_reduced_picture() {
        for side in [80, 960, 1001] {
            let unit = side / 40;
            let there = region(10 * unit, 5 * unit, 8 * unit, 20 * unit);
            let found = subject(&boxes(side, &[there])).unwrap();
            let slack = side.div_ceil(REDUCED) + 1;
            for (found, there) in [
                (found.left, there.left),
                (found.top, there.top),
                (found.left + found.width, there.left + there.width),
                (found.top + found.height, there.top + there.height),
            ] {
                assert!(
                    found.abs_diff(there) <= slack,
                    "{side}: {found} for {there}"
                );
            }
        }
    }

    #[test]
    fn a_pair_counts_as_one_subject_and_a_caption_does_not() {
        let pair = [region(10, 30, 25, 40), region(50, 30, 25, 40)];
        let caption = region(80, 92, 6, 3);
        let all = [pair[0], pair[1], caption];
        assert_eq!(subject(&boxes(96, &all)), Some(region(10, 30, 65, 40)));
    }

    #[test]
    fn a_subject_cut_off_by_one_side_is_still_found() {
        let standing = region(30, 20, 30, 76);
        assert_eq!(subject(&boxes(96, &[standing])), Some(standing));
    }

    #[test]
    fn scenes_and_empty_pictures_are_left_whole() {
        let stripes = RgbImage::from_fn(90, 90, |x, _| Rgb([(x / 10 * 28) as u8; 3]));
        assert_eq!(subject(&stripes), None);
        assert_eq!(subject(&boxes(96, &[])), None);
        assert_eq!(subject(&boxes(96, &[region(3, 3, 4, 4)])), None);
        assert_eq!(subject(&RgbImage::new(0, 5)), None);
        assert_eq!(subject(&RgbImage::new(1, 1)), None);
    }

    /// An outfit on a flat ground is found at its place in a larger picture of that ground.
    #[test]
    fn drawn_outfits_are_found_in_a_larger_picture() {
        let mut tried = 0;
        for seed in 0..300 {
            let outfit = outfits::outfit(seed, 96).image;
            let corner = *outfit.get_pixel(0, 0);
            let flat = outfit.enumerate_pixels().all(|(x, y, pixel)| {
                let edge = x == 0 || y == 0 || x == 95 || y == 95;
                !edge || (0..3).all(|c| pixel[c].abs_diff(corner[c]) < 10)
            });
            if !flat {
                continue;
            }
            let alone = subject(&outfit).unwrap();
            let mut larger = RgbImage::from_pixel(300, 220, corner);
            imageops::replace(&mut larger, &outfit, 150, 70);
            let found = subject(&larger).unwrap();
            // Two pixels of the reduced picture, each of which is three of the larger one.
            for (found, expected) in [
                (found.left, alone.left + 150),
                (found.top, alone.top + 70),
                (found.left + found.width, alone.left + alone.width + 150),
                (found.top + found.height, alone.top + alone.height + 70),
            ] {
                assert!(
                    found.abs_diff(expected) <= 7,
                    "{seed}: {found} for {expected}"
                );
            }
            tried += 1;
        }
        assert!(tried >= 12, "only {tried} outfits on a flat ground");
    }
}
