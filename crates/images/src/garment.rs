//! A garment laid on white, by two looks of somebody who tells garment from background in a small square picture.
//!
//! The first look is at the whole photograph, padded; it says where the garment is. The second is at a square around
//! that, cut from the photograph's own pixels; its mask, softened at the edge, keeps the garment and leaves white around
//! it. So a garment that fills a tenth of a photograph fills the picture as one that was photographed close by does.

use image::{Rgb, RgbImage};

use crate::Region;
use crate::fit::{Fit, border};
use crate::resize::{Frame, lanczos_of};

/// Space that the second look leaves around what the first found, as a share of its longer side, on each side.
const MARGIN: f64 = 0.1;
/// A pixel belongs to the garment from here on.
const INSIDE: f32 = 0.5;
/// Below this share of the picture nothing was found.
const LEAST: f64 = 0.03;
/// Above this share there is no background to tell the garment from.
const MOST: f64 = 0.9;
/// Pieces smaller than this share of the largest do not count.
const PIECE: f64 = 0.15;
/// From the first of these to the second the background fades into the garment.
const EDGE: [f32; 2] = [0.35, 0.65];

/// A look at a photograph: what is seen, before a mask says what of it is garment.
#[derive(Debug, Clone)]
pub struct Look<'a> {
    photo: &'a RgbImage,
    /// What fills the square where it reaches beyond the photograph.
    fill: Rgb<u8>,
    square: Square,
    picture: RgbImage,
    /// Pixels along a side of the picture of the garment.
    made: u32,
    last: bool,
}

/// What follows a look.
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// Look again, closer.
    Again(Look<'a>),
    /// The garment is cut out.
    Done(Cut),
    /// There is nothing to cut out.
    NotFound(NotFound),
}

/// A garment on white.
#[derive(Debug, Clone, PartialEq)]
pub struct Cut {
    /// The garment, filling its square picture.
    pub picture: RgbImage,
    /// The square of the photograph that the picture shows: left and top edge and side in the photograph's pixels. It
    /// may reach beyond the photograph.
    pub square: Square,
}

/// Why nothing was cut out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotFound {
    /// Hardly any pixel is of a garment.
    #[error("no garment was found")]
    Nothing,
    /// Nearly every pixel is.
    #[error("no background was found around the garment")]
    Everything,
}

/// A square in a photograph's pixels, which may reach beyond it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Square {
    /// Its left edge.
    pub left: f64,
    /// Its top edge.
    pub top: f64,
    /// Its side.
    pub side: f64,
}

impl<'a> Look<'a> {
    /// The first look: at all of `photo`, `seen` x `seen` pixels, for a garment of `made` x `made`. None where the
    /// photograph is empty.
    #[must_use]
    pub fn first(photo: &'a RgbImage, [seen, made]: [u32; 2]) -> Option<Self> {
        let (width, height) = photo.dimensions();
        if [width, height, seen, made].contains(&0) {
            return None;
        }
        let square = Square::around_all((width, height));
        Some(Self {
            photo,
            fill: border(photo),
            square,
            picture: crate::square(photo, seen, Fit::Pad),
            made,
            last: false,
        })
    }

    /// The second look alone: at all of `photo`, which somebody has framed already.
    #[must_use]
    pub fn framed(photo: &'a RgbImage, sides: [u32; 2]) -> Option<Self> {
        let first = Self::first(photo, sides)?;
        Some(Self {
            last: true,
            ..first
        })
    }

    /// What is seen.
    #[must_use]
    pub fn picture(&self) -> &RgbImage {
        &self.picture
    }

    /// Goes on by the `mask` of [`picture`](Self::picture): how much each pixel belongs to the garment, from 0 to 1, row
    /// by row.
    ///
    /// # Panics
    /// When the mask does not have a value for each pixel.
    #[must_use]
    pub fn masked(self, mask: &[f32]) -> Step<'a> {
        let side = self.picture.width() as usize;
        assert_eq!(mask.len(), side * side, "one value for each pixel");
        let inside = Pieces::of(mask, side);
        let share = inside.count() as f64 / self.seen_pixels();
        if share < LEAST {
            return Step::NotFound(NotFound::Nothing);
        }
        if share > MOST {
            return Step::NotFound(NotFound::Everything);
        }
        if self.last {
            return Step::Done(self.cut(&inside.only(mask)));
        }
        let closer = self.square.around(inside.bounds(), side);
        let side = self.picture.width();
        Step::Again(Self {
            picture: closer.of(self.photo, self.fill, side),
            square: closer,
            last: true,
            ..self
        })
    }

    /// The garment, where the mask of what is seen keeps it: from the photograph's own pixels again where it is to have
    /// other sides than what is seen.
    fn cut(self, mask: &[f32]) -> Cut {
        let seen = self.picture.width();
        let picture = match self.made == seen {
            true => on_white(&self.picture, mask),
            false => on_white(
                &self.square.of(self.photo, self.fill, self.made),
                &scaled(mask, seen as usize, self.made as usize),
            ),
        };
        Cut {
            picture,
            square: self.square,
        }
    }

    /// How many of the picture's pixels show the photograph, and not what fills it up.
    fn seen_pixels(&self) -> f64 {
        let Square { left, top, side } = self.square;
        let overlap = |first: f64, end: u32| {
            let seen = (first + side).min(f64::from(end)) - first.max(0.0);
            seen.max(0.0) / side
        };
        let (width, height) = self.photo.dimensions();
        let share = overlap(left, width) * overlap(top, height);
        f64::from(self.picture.width()).powi(2) * share
    }
}

impl Square {
    /// The square around all of a photograph of `width` x `height` pixels.
    #[must_use]
    pub fn around_all((width, height): (u32, u32)) -> Self {
        let (width, height) = (f64::from(width), f64::from(height));
        let side = width.max(height);
        Self {
            left: (width - side) / 2.0,
            top: (height - side) / 2.0,
            side,
        }
    }

    /// The part of it that lies in a photograph of `width` x `height` pixels.
    #[must_use]
    pub fn within(self, (width, height): (u32, u32)) -> Region {
        // `as` saturates below zero.
        let along = |first: f64, end: u32| {
            let start = (first.round() as u32).min(end);
            (start, ((first + self.side).round() as u32).min(end) - start)
        };
        let ((left, width), (top, height)) = (along(self.left, width), along(self.top, height));
        Region {
            left,
            top,
            width,
            height,
        }
    }

    /// What it holds of `photo`, `side` x `side` pixels; `fill` where it reaches beyond.
    #[must_use]
    pub fn of(self, photo: &RgbImage, fill: Rgb<u8>, side: u32) -> RgbImage {
        let length = self.side.round().max(1.0) as u32;
        let frame = Frame {
            left: self.left.round() as i64,
            top: self.top.round() as i64,
            width: length,
            height: length,
        };
        lanczos_of(photo, frame, fill, side, side)
    }

    /// The square around the pixels `[left, top, right, bottom]` (the last two not included) of the picture of this one,
    /// which has `side` pixels.
    fn around(self, [left, top, right, bottom]: [usize; 4], side: usize) -> Self {
        let pixel = self.side / side as f64;
        let along = |start: f64, first: usize, end: usize| {
            let middle = start + pixel * (first + end) as f64 / 2.0;
            (middle, pixel * (end - first) as f64)
        };
        let (x, width) = along(self.left, left, right);
        let (y, height) = along(self.top, top, bottom);
        let side = width.max(height) * (1.0 + 2.0 * MARGIN);
        Self {
            left: x - side / 2.0,
            top: y - side / 2.0,
            side,
        }
    }
}

/// `picture` where `mask` keeps it, white elsewhere.
fn on_white(picture: &RgbImage, mask: &[f32]) -> RgbImage {
    let mut laid = picture.clone();
    let [outside, inside] = EDGE;
    for (pixel, mask) in laid.pixels_mut().zip(mask) {
        let kept = ((mask - outside) / (inside - outside)).clamp(0.0, 1.0);
        for value in &mut pixel.0 {
            let mixed = f32::from(*value) * kept + 255.0 * (1.0 - kept);
            *value = mixed.round() as u8; // between two bytes
        }
    }
    laid
}

/// A square mask with `side` values along each side with `made`, between values straight (bilinear).
fn scaled(mask: &[f32], side: usize, made: usize) -> Vec<f32> {
    // The two values around the middle of pixel `at`, and how far it is from the first to the second.
    let around = |at: usize| {
        let place =
            ((at as f32 + 0.5) * side as f32 / made as f32 - 0.5).clamp(0.0, (side - 1) as f32);
        let first = place as usize;
        (first, (first + 1).min(side - 1), place.fract())
    };
    let places = (0..made).flat_map(|row| (0..made).map(move |column| (row, column)));
    places
        .map(|(row, column)| {
            let ((top, bottom, down), (left, right, across)) = (around(row), around(column));
            let along = |row: usize| {
                let value = |column: usize| mask[row * side + column];
                value(left) + (value(right) - value(left)) * across
            };
            along(top) + (along(bottom) - along(top)) * down
        })
        .collect()
}

/// The connected pieces of a mask that count.
struct Pieces {
    inside: Vec<bool>,
    side: usize,
}

impl Pieces {
    fn of(mask: &[f32], side: usize) -> Self {
        let mut open: Vec<bool> = mask.iter().map(|value| *value > INSIDE).collect();
        let mut pieces = Vec::new();
        for start in 0..open.len() {
            if open[start] {
                pieces.push(piece(&mut open, start, side));
            }
        }
        let largest = pieces.iter().map(Vec::len).max().unwrap_or(0);
        let mut inside = vec![false; mask.len()];
        let counts = |piece: &&Vec<usize>| piece.len() as f64 >= PIECE * largest as f64;
        for place in pieces.iter().filter(counts).flatten() {
            inside[*place] = true;
        }
        Self { inside, side }
    }

    /// `mask` where a piece is or next to one, so that its edge stays soft; 0 elsewhere.
    fn only(&self, mask: &[f32]) -> Vec<f32> {
        let near = |place: usize| {
            let (x, y) = (place % self.side, place / self.side);
            let around = |at: usize| at.saturating_sub(1)..(at + 2).min(self.side);
            around(y).any(|y| around(x).any(|x| self.inside[y * self.side + x]))
        };
        let places = mask.iter().enumerate();
        places
            .map(|(place, value)| if near(place) { *value } else { 0.0 })
            .collect()
    }

    fn count(&self) -> usize {
        self.inside.iter().filter(|inside| **inside).count()
    }

    /// The first and the last column and row, each last one plus 1: `[left, top, right, bottom]`.
    fn bounds(&self) -> [usize; 4] {
        let places = (0..self.inside.len()).filter(|place| self.inside[*place]);
        let none = [self.side, self.side, 0, 0];
        places.fold(none, |[left, top, right, bottom], place| {
            let (x, y) = (place % self.side, place / self.side);
            [left.min(x), top.min(y), right.max(x + 1), bottom.max(y + 1)]
        })
    }
}

/// Takes the piece that `start` lies in out of `open`; pixels side by side or one above the other are connected.
fn piece(open: &mut [bool], start: usize, side: usize) -> Vec<usize> {
    let mut found = vec![start];
    open[start] = false;
    let mut next = 0;
    while let Some(&place) = found.get(next) {
        next += 1;
        let column = place % side;
        let beside = [
            (column > 0).then(|| place - 1),
            (column + 1 < side).then_some(place + 1),
            place.checked_sub(side),
            (place + side < open.len()).then_some(place + side),
        ];
        for place in beside.into_iter().flatten() {
            if std::mem::take(&mut open[place]) {
                found.push(place);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests;
