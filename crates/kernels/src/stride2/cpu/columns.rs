//! The image as the matrix that turns a convolution into a product: a row for each tap of each channel, a column for
//! each position of the map. Made for a few channels and samples at a time, so that it stays in the cache.

use std::ops::Range;

use super::panels::Panels;
use crate::geometry::Geometry;
use compute::vectors::{add, copy, vectorized};
use compute::{by_length, pass};

/// Unfolds image planes into columns, and folds columns back into planes.
///
/// Taps move over the image two columns at a time. Rows are therefore kept apart by the parity of the column first:
/// each tap then reads neighbours, and a row of the matrix is a copy of slices.
pub(super) struct Columns {
    geometry: Geometry,
    /// The rows of one plane: for each, even columns and odd ones, both with [`Columns::margin`] zeros around.
    split: Vec<f32>,
    /// Where each kernel column begins to read them.
    starts: Vec<usize>,
}

impl Columns {
    pub fn new(geometry: Geometry) -> Self {
        let mut columns = Self {
            geometry,
            split: Vec::new(),
            starts: Vec::new(),
        };
        columns.starts = (0..geometry.kernel)
            .map(|column| columns.tap_start(column))
            .collect();
        columns.split = vec![0.0; geometry.height * 2 * columns.pitch()];
        columns
    }

    /// How far a tap reaches beyond the map's columns.
    #[inline(always)]
    fn margin(&self) -> usize {
        self.geometry.padding().div_ceil(2)
    }

    /// Length of the even or the odd columns of a row.
    #[inline(always)]
    fn pitch(&self) -> usize {
        self.geometry.map_width() + 2 * self.margin()
    }

    /// The even and the odd columns of image row `row`.
    #[inline(always)]
    fn halves(&self, row: usize) -> &[f32] {
        let pitch = 2 * self.pitch();
        &self.split[row * pitch..(row + 1) * pitch]
    }

    /// Where in a row's halves the tap of kernel column `column` begins to read.
    fn tap_start(&self, column: usize) -> usize {
        // Both offsets from the padding, which is a whole number of pairs away after adding it once more.
        let margin = self.margin();
        let shifted = column + 2 * margin - self.geometry.padding();
        (shifted % 2) * self.pitch() + shifted / 2
    }

    /// The image's row under kernel row `tap` at the map's row `row`, unless it is padding.
    #[inline(always)]
    fn image_row(&self, row: usize, tap: usize) -> Option<usize> {
        let row = (2 * row + tap).checked_sub(self.geometry.padding())?;
        (row < self.geometry.height).then_some(row)
    }

    /// Writes the columns of `channels` of `samples` into `matrix`: `[channels * taps, samples * map area]`, in
    /// `panels`.
    pub fn unfold(
        &mut self,
        image: &[f32],
        samples: Range<usize>,
        channels: Range<usize>,
        panels: &Panels,
        matrix: &mut [f32],
    ) {
        vectorized(Unfold, (self, image, samples, channels, panels, matrix));
    }

    /// Writes the columns of the plane that has been split: channel `index` of `channels` of sample `at`.
    #[inline(always)]
    fn unfold_plane<const N: usize>(
        &self,
        at: usize,
        index: usize,
        channels: usize,
        panels: &Panels,
        matrix: &mut [f32],
    ) {
        let (width, taps) = (self.geometry.map_width(), self.geometry.taps());
        for row in 0..self.geometry.map_height() {
            let column = at * self.geometry.map_area() + row * width;
            let (first, apart) = panels.place(channels * taps, column);
            let rows = &mut matrix[first + index * taps * apart..];
            let mut rows = rows.chunks_mut(apart);
            for tap_row in 0..self.geometry.kernel {
                let halves = self.image_row(row, tap_row).map(|row| self.halves(row));
                for (start, target) in self.starts.iter().zip(&mut rows) {
                    let target = &mut target[..width];
                    match halves {
                        Some(halves) => copy::<N>(target, &halves[*start..*start + width]),
                        None => target.fill(0.0),
                    }
                }
            }
        }
    }

    /// Adds the columns of one channel of one sample, found in `matrix` at `place`, which channel of
    /// how many, and sample `at`, into `plane`, which begins as `start` everywhere.
    pub fn fold(
        &mut self,
        matrix: &[f32],
        panels: &Panels,
        place: (usize, usize),
        at: usize,
        start: f32,
        plane: &mut [f32],
    ) {
        vectorized(Fold, (self, matrix, panels, place, at, start, plane));
    }

    #[inline(always)]
    fn split_plane(&mut self, plane: &[f32]) {
        let (pitch, margin) = (self.pitch(), self.margin());
        let rows = plane.chunks_exact(self.geometry.width);
        for (row, halves) in rows.zip(self.split.chunks_exact_mut(2 * pitch)) {
            let (even, odd) = halves.split_at_mut(pitch);
            let pairs = row.chunks_exact(2);
            if let [last] = pairs.remainder() {
                even[margin + row.len() / 2] = *last;
            }
            let targets = even[margin..].iter_mut().zip(&mut odd[margin..]);
            for (pair, (even, odd)) in pairs.zip(targets) {
                *even = pair[0];
                *odd = pair[1];
            }
        }
    }

    #[inline(always)]
    fn join_plane(&self, start: f32, plane: &mut [f32]) {
        let (pitch, margin) = (self.pitch(), self.margin());
        let rows = plane.chunks_exact_mut(self.geometry.width);
        for (row, halves) in rows.zip(self.split.chunks_exact(2 * pitch)) {
            let (even, odd) = halves.split_at(pitch);
            let half = row.len() / 2;
            let mut pairs = row.chunks_exact_mut(2);
            let sources = even[margin..].iter().zip(&odd[margin..]);
            for (pair, (even, odd)) in (&mut pairs).zip(sources) {
                pair[0] = start + even;
                pair[1] = start + odd;
            }
            if let [last] = pairs.into_remainder() {
                *last = start + even[margin + half];
            }
        }
    }
}

pass!(Unfold(
    columns: &mut Columns,
    image: &[f32],
    samples: Range<usize>,
    channels: Range<usize>,
    panels: &Panels,
    matrix: &mut [f32],
) -> () {
    let width = columns.geometry.map_width();
    by_length!(width, unfold, (columns, image, samples, channels, panels, matrix));
});

/// [`Columns::unfold`], of rows that have `N` columns, or any number where that is zero.
#[inline(always)]
fn unfold<const N: usize>(
    columns: &mut Columns,
    image: &[f32],
    samples: Range<usize>,
    channels: Range<usize>,
    panels: &Panels,
    matrix: &mut [f32],
) {
    let area = columns.geometry.image_area();
    for (at, sample) in samples.enumerate() {
        for (index, channel) in channels.clone().enumerate() {
            let plane = (sample * columns.geometry.image_channels + channel) * area;
            columns.split_plane(&image[plane..plane + area]);
            columns.unfold_plane::<N>(at, index, channels.len(), panels, matrix);
        }
    }
}

pass!(Fold(
    columns: &mut Columns,
    matrix: &[f32],
    panels: &Panels,
    place: (usize, usize),
    at: usize,
    start: f32,
    plane: &mut [f32],
) -> () {
    let width = columns.geometry.map_width();
    by_length!(width, fold, (columns, matrix, panels, place, at));
    columns.join_plane(start, plane);
});

/// Adds up the columns of [`Columns::fold`], of rows that have `N` columns, or any number where that is zero.
#[inline(always)]
fn fold<const N: usize>(
    columns: &mut Columns,
    matrix: &[f32],
    panels: &Panels,
    place: (usize, usize),
    at: usize,
) {
    let (index, channels) = place;
    let (width, taps) = (columns.geometry.map_width(), columns.geometry.taps());
    let pitch = 2 * columns.pitch();
    columns.split.fill(0.0);
    for row in 0..columns.geometry.map_height() {
        let column = at * columns.geometry.map_area() + row * width;
        let (first, apart) = panels.place(channels * taps, column);
        let taps = index * taps..(index + 1) * taps;
        // The rows under a column of taps before the next column: a sum that was just stored takes long to come back
        // where it is read from another place on.
        for (tap_column, start) in columns.starts.iter().enumerate() {
            let taps = taps.clone().skip(tap_column).step_by(columns.starts.len());
            for (tap_row, tap) in taps.enumerate() {
                let Some(row) = columns.image_row(row, tap_row) else {
                    continue;
                };
                let sums = row * pitch + start;
                let place = first + tap * apart;
                add::<N>(
                    &mut columns.split[sums..sums + width],
                    &matrix[place..place + width],
                );
            }
        }
    }
}
