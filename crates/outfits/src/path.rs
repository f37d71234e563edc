//! Outlines, and where they lie on the picture.

use libm::{cos, sin};
use std::f64::consts::TAU;

/// A point: x to the right, y down.
pub type Point = (f64, f64);

/// Straight pieces that a curve is divided into.
const PIECES: u32 = 10;

/// An outline made of points; closed when it is filled.
#[derive(Clone, Debug, Default)]
pub struct Path {
    /// Its corners in order.
    pub points: Vec<Point>,
}

impl Path {
    pub fn from(x: f64, y: f64) -> Self {
        Self {
            points: vec![(x, y)],
        }
    }

    pub fn line(mut self, x: f64, y: f64) -> Self {
        self.points.push((x, y));
        self
    }

    /// A quadratic curve to (`x`, `y`), pulled towards (`cx`, `cy`).
    pub fn curve(mut self, cx: f64, cy: f64, x: f64, y: f64) -> Self {
        let (x0, y0) = self.points.last().copied().unwrap_or((x, y));
        for piece in 1..=PIECES {
            let t = f64::from(piece) / f64::from(PIECES);
            let (a, b, c) = ((1.0 - t) * (1.0 - t), 2.0 * t * (1.0 - t), t * t);
            self.points
                .push((a * x0 + b * cx + c * x, a * y0 + b * cy + c * y));
        }
        self
    }

    /// The right half, drawn from top to bottom, completed by its mirror image.
    pub fn mirrored(mut self) -> Self {
        let left: Vec<Point> = self.points.iter().rev().map(|&(x, y)| (-x, y)).collect();
        self.points.extend(left);
        self
    }

    /// The mirror image alone.
    pub fn flipped(&self) -> Self {
        self.map(|(x, y)| (-x, y))
    }

    pub fn ellipse(x: f64, y: f64, rx: f64, ry: f64) -> Self {
        let corner = |i| {
            let angle = TAU * f64::from(i) / 40.0;
            (x + rx * cos(angle), y + ry * sin(angle))
        };
        Self {
            points: (0..40).map(corner).collect(),
        }
    }

    pub fn rectangle(left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self::from(left, top)
            .line(right, top)
            .line(right, bottom)
            .line(left, bottom)
    }

    pub fn map(&self, f: impl Fn(Point) -> Point) -> Self {
        Self {
            points: self.points.iter().map(|&point| f(point)).collect(),
        }
    }
}

/// Where a garment lies on the picture: its own coordinates run from -1 to 1 in both directions.
#[derive(Clone, Copy, Debug)]
pub struct Pose {
    /// Centre on the picture, which runs from 0 to 1 in both directions.
    pub centre: Point,
    /// Half its width and half its height on the picture.
    pub half: Point,
    /// Sine and cosine of the angle it is turned by.
    turn: Point,
}

impl Pose {
    /// `angle` is clockwise, in radians.
    pub fn new(centre: Point, half: Point, angle: f64) -> Self {
        Self {
            centre,
            half,
            turn: (sin(angle), cos(angle)),
        }
    }

    /// From the garment's own coordinates to the picture's.
    pub fn place(&self, (x, y): Point) -> Point {
        let (x, y) = (x * self.half.0, y * self.half.1);
        let (sin, cos) = self.turn;
        (
            self.centre.0 + x * cos - y * sin,
            self.centre.1 + x * sin + y * cos,
        )
    }

    /// The way back.
    pub fn find(&self, (x, y): Point) -> Point {
        let (x, y) = (x - self.centre.0, y - self.centre.1);
        let (sin, cos) = self.turn;
        (
            (x * cos + y * sin) / self.half.0,
            (y * cos - x * sin) / self.half.1,
        )
    }

    /// The place of something worn: `centre` and `half` in this one's coordinates.
    pub fn within(&self, centre: Point, half: Point) -> Self {
        Self {
            centre: self.place(centre),
            half: (self.half.0 * half.0, self.half.1 * half.1),
            turn: self.turn,
        }
    }
}
