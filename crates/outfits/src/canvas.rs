//! A picture in the making: shapes and lines on it, antialiased.

use crate::paint::{Colour, Paint};
use crate::path::{Path, Point, Pose};
use image::{Rgb, RgbImage};
use std::ops::Range;

/// Samples per pixel in each direction; averaged at the end, which is the antialiasing.
const SAMPLES: u32 = 4;

/// A picture in the making, in samples; its coordinates run from 0 to 1.
pub struct Canvas {
    side: u32,
    length: usize,
    samples: Vec<Colour>,
}

impl Canvas {
    /// A canvas for a picture of `side` pixels, each point coloured by `ground`.
    pub fn new(side: u32, ground: impl Fn(Point) -> Colour) -> Self {
        let length = (side * SAMPLES) as usize;
        let samples = (0..length * length)
            .map(|index| ground(centre(index / length, index % length, length)))
            .collect();
        Self {
            side,
            length,
            samples,
        }
    }

    /// Fills `path`, given in the coordinates of `pose`. Overlapping loops count as filled once.
    pub fn fill(&mut self, pose: &Pose, path: &Path, paint: &Paint) {
        let outline = path.map(|point| pose.place(point));
        self.cover(&outline, paint.alpha, |at| paint.at(pose.find(at)));
    }

    /// Draws along `path`, `width` wide in the picture's coordinates; `closed` joins the end to the start.
    pub fn stroke(&mut self, pose: &Pose, path: &Path, width: f64, closed: bool, paint: &Paint) {
        let mut line = path.map(|point| pose.place(point));
        if closed {
            line.points.extend(line.points.first().copied());
        }
        // One shape for the whole line, so that a translucent one is no darker where its pieces meet.
        let mask = Mask::of(&line.points, width / 2.0, self.length);
        for (row, column) in mask.covered() {
            let index = row * self.length + column;
            let at = centre(row, column, self.length);
            self.samples[index] = self.samples[index].mix(paint.at(pose.find(at)), paint.alpha);
        }
    }

    fn cover(&mut self, outline: &Path, alpha: f64, colour: impl Fn(Point) -> Colour) {
        let mut crossings = Vec::new();
        for row in 0..self.length {
            let y = (row as f64 + 0.5) / self.length as f64;
            cross(outline, y, &mut crossings);
            for (left, right) in inside(&crossings) {
                let columns = sample_range(left, right, self.length);
                for column in columns {
                    let index = row * self.length + column;
                    let colour = colour(centre(row, column, self.length));
                    self.samples[index] = self.samples[index].mix(colour, alpha);
                }
            }
        }
    }

    /// The picture: each pixel the mean of its samples.
    pub fn finish(&self) -> RgbImage {
        let block = SAMPLES as usize;
        let count = f64::from(SAMPLES * SAMPLES);
        RgbImage::from_fn(self.side, self.side, |x, y| {
            let mut sum = [0.0; 3];
            for row in 0..block {
                let start = (y as usize * block + row) * self.length + x as usize * block;
                for sample in &self.samples[start..start + block] {
                    for (sum, value) in sum.iter_mut().zip(sample.0) {
                        *sum += value;
                    }
                }
            }
            // `as` clamps to a byte.
            Rgb(sum.map(|value| (value / count * 255.0 + 0.5) as u8))
        })
    }
}

/// Samples that a line covers, within the line's own rectangle of the canvas.
struct Mask {
    rows: Range<usize>,
    columns: Range<usize>,
    length: usize,
    hit: Vec<bool>,
}

impl Mask {
    /// What lies within `reach` of the line through `points`: bars with round ends.
    fn of(points: &[Point], reach: f64, length: usize) -> Self {
        let range = |axis: fn(&Point) -> f64| {
            let low = points.iter().map(axis).fold(f64::INFINITY, f64::min);
            let high = points.iter().map(axis).fold(f64::NEG_INFINITY, f64::max);
            sample_range(low - reach, high + reach, length)
        };
        let (rows, columns) = (range(|point| point.1), range(|point| point.0));
        let mut mask = Self {
            hit: vec![false; rows.len() * columns.len()],
            rows,
            columns,
            length,
        };
        for pair in points.windows(2) {
            mask.bar(pair[0], pair[1], reach);
        }
        mask
    }

    fn bar(&mut self, a: Point, b: Point, reach: f64) {
        let columns = sample_range(a.0.min(b.0) - reach, a.0.max(b.0) + reach, self.length);
        for row in sample_range(a.1.min(b.1) - reach, a.1.max(b.1) + reach, self.length) {
            let start = (row - self.rows.start) * self.columns.len();
            for column in columns.clone() {
                let point = centre(row, column, self.length);
                self.hit[start + column - self.columns.start] |=
                    squared_distance(point, a, b) <= reach * reach;
            }
        }
    }

    /// Row and column of each sample.
    fn covered(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        let width = self.columns.len();
        let hit = self.hit.iter().enumerate().filter(|(_, hit)| **hit);
        hit.map(move |(index, _)| {
            (
                self.rows.start + index / width,
                self.columns.start + index % width,
            )
        })
    }
}

fn squared_distance(point: Point, a: Point, b: Point) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length = dx * dx + dy * dy;
    let along = (point.0 - a.0) * dx + (point.1 - a.1) * dy;
    let t = if length > 0.0 {
        (along / length).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let (x, y) = (point.0 - a.0 - t * dx, point.1 - a.1 - t * dy);
    x * x + y * y
}

/// The middle of a sample.
fn centre(row: usize, column: usize, length: usize) -> Point {
    let at = |index: usize| (index as f64 + 0.5) / length as f64;
    (at(column), at(row))
}

/// The samples whose middles lie from `low` to `high`, cut at the picture's edges.
fn sample_range(low: f64, high: f64, length: usize) -> Range<usize> {
    let index = |value: f64| ((value * length as f64 + 0.5).max(0.0) as usize).min(length);
    let start = index(low);
    start..index(high).max(start)
}

/// Where the outline crosses the height `y`, from left to right, each with its direction (1 down, -1 up).
fn cross(outline: &Path, y: f64, crossings: &mut Vec<(f64, i32)>) {
    crossings.clear();
    let points = &outline.points;
    for (index, &a) in points.iter().enumerate() {
        let b = points[(index + 1) % points.len()];
        if (a.1 <= y) != (b.1 <= y) {
            let x = a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0);
            crossings.push((x, if a.1 <= y { 1 } else { -1 }));
        }
    }
    crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
}

/// The stretches with a winding number that is not zero.
fn inside(crossings: &[(f64, i32)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let mut winding = 0;
    crossings.windows(2).filter_map(move |pair| {
        winding += pair[0].1;
        (winding != 0).then_some((pair[0].0, pair[1].0))
    })
}
