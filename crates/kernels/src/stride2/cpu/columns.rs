//! The image as the matrix that turns a convolution into a product: a row for each tap of each channel, a column for
//! each position of the map. Made for a few channels and samples at a time, so that it stays in the cache.

use std::ops::Range;

use crate::stride2::geometry::Geometry;

/// Unfolds image planes into columns, and folds columns back into planes.
///
/// Taps move over the image two columns at a time. Rows are therefore kept apart by the parity of the column first: each
/// tap then reads neighbours, and a row of the matrix is a copy of slices.
pub(super) struct Columns {
    geometry: Geometry,
    /// The rows of one plane: for each, even columns and odd ones, both with [`Columns::margin`] zeros around.
    split: Vec<f32>,
}

impl Columns {
    pub fn new(geometry: Geometry) -> Self {
        let mut columns = Self {
            geometry,
            split: Vec::new(),
        };
        columns.split = vec![0.0; geometry.height * 2 * columns.pitch()];
        columns
    }

    /// How far a tap reaches beyond the map's columns.
    fn margin(&self) -> usize {
        self.geometry.padding().div_ceil(2)
    }

    /// Length of the even or the odd columns of a row.
    fn pitch(&self) -> usize {
        self.geometry.map_width() + 2 * self.margin()
    }

    /// Where in `split` the tap of kernel column `column` begins to read image row `row`.
    fn tap_start(&self, row: usize, column: usize) -> usize {
        // Both offsets from the padding, which is a whole number of pairs away after adding it once more.
        let margin = self.margin();
        let shifted = column + 2 * margin - self.geometry.padding();
        (row * 2 + shifted % 2) * self.pitch() + shifted / 2
    }

    /// The image's row under kernel row `tap` at the map's row `row`, unless it is padding.
    fn image_row(&self, row: usize, tap: usize) -> Option<usize> {
        let row = (2 * row + tap).checked_sub(self.geometry.padding())?;
        (row < self.geometry.height).then_some(row)
    }

    /// Writes the columns of `channels` of `samples` into `matrix`: `[channels * taps, samples * map area]`.
    pub fn unfold(
        &mut self,
        image: &[f32],
        samples: Range<usize>,
        channels: Range<usize>,
        matrix: &mut [f32],
    ) {
        let Geometry {
            image_channels,
            kernel,
            ..
        } = self.geometry;
        let (area, map_area) = (self.geometry.image_area(), self.geometry.map_area());
        let width = self.geometry.map_width();
        let columns = samples.len() * map_area;
        for (at, sample) in samples.enumerate() {
            for (index, channel) in channels.clone().enumerate() {
                let plane = (sample * image_channels + channel) * area;
                self.split_plane(&image[plane..plane + area]);
                for tap in 0..self.geometry.taps() {
                    let (tap_row, tap_column) = (tap / kernel, tap % kernel);
                    let start = (index * self.geometry.taps() + tap) * columns + at * map_area;
                    let rows = matrix[start..start + map_area].chunks_exact_mut(width);
                    for (row, target) in rows.enumerate() {
                        match self.image_row(row, tap_row) {
                            Some(row) => {
                                let from = self.tap_start(row, tap_column);
                                target.copy_from_slice(&self.split[from..from + width]);
                            }
                            None => target.fill(0.0),
                        }
                    }
                }
            }
        }
    }

    /// Adds the columns of one channel of one sample, found in `matrix` at `sample` of `samples`, into `plane`, which
    /// begins as `start` everywhere.
    pub fn fold(
        &mut self,
        matrix: &[f32],
        sample: usize,
        samples: usize,
        start: f32,
        plane: &mut [f32],
    ) {
        let kernel = self.geometry.kernel;
        let (width, map_area) = (self.geometry.map_width(), self.geometry.map_area());
        self.split.fill(0.0);
        for tap in 0..self.geometry.taps() {
            let (tap_row, tap_column) = (tap / kernel, tap % kernel);
            let from = (tap * samples + sample) * map_area;
            let rows = matrix[from..from + map_area].chunks_exact(width);
            for (row, source) in rows.enumerate() {
                if let Some(row) = self.image_row(row, tap_row) {
                    let to = self.tap_start(row, tap_column);
                    let target = &mut self.split[to..to + width];
                    for (sum, value) in target.iter_mut().zip(source) {
                        *sum += value;
                    }
                }
            }
        }
        self.join_plane(start, plane);
    }

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
