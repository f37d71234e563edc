//! A pen that draws pieces of cloth and lines at a garment's place.

use crate::canvas::Canvas;
use crate::paint::{Colour, Paint};
use crate::path::{Path, Point, Pose};

/// Width of outlines, as a share of the picture.
const LINE: f64 = 0.011;

/// A pen on a canvas, at a garment's place.
pub struct Sketch<'a> {
    pub canvas: &'a mut Canvas,
    pub pose: Pose,
}

impl Sketch<'_> {
    /// A piece of cloth: a soft shadow on what lies below, its fill, its outline.
    pub fn piece(&mut self, path: &Path, paint: &Paint) {
        let dark = Paint::flat(Colour::hex(0x14101c)).see_through(0.09);
        for offset in [0.008, 0.016] {
            let mut pose = self.pose;
            pose.centre.0 += offset;
            pose.centre.1 += offset * 1.3;
            self.canvas.fill(&pose, path, &dark);
        }
        self.canvas.fill(&self.pose, path, paint);
        self.canvas
            .stroke(&self.pose, path, LINE, true, &paint.outline());
    }

    /// A shape without outline.
    pub fn patch(&mut self, path: &Path, paint: &Paint) {
        self.canvas.fill(&self.pose, path, paint);
    }

    /// A line on the cloth: a seam, a fold, a stroke of ribbing. `weight` 1 is an outline's width.
    pub fn line(&mut self, path: &Path, weight: f64, paint: &Paint) {
        self.canvas
            .stroke(&self.pose, path, LINE * weight, false, paint);
    }

    /// The same line on both sides.
    pub fn lines(&mut self, path: &Path, weight: f64, paint: &Paint) {
        self.line(path, weight, paint);
        self.line(&path.flipped(), weight, paint);
    }

    /// A round button.
    pub fn button(&mut self, (x, y): Point, colour: Colour) {
        let dot = Path::ellipse(x, y, 0.035, 0.035);
        self.patch(&dot, &Paint::flat(colour));
    }

    /// A pen for something worn by what this one draws.
    pub fn within(&mut self, centre: Point, half: Point) -> Sketch<'_> {
        let pose = self.pose.within(centre, half);
        Sketch {
            canvas: self.canvas,
            pose,
        }
    }
}
