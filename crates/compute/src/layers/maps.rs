//! What flows between layers.

use crate::Activation;
use crate::winograd::lanes;

/// Positions that are brought from one order into the other together, so that what is written stays in the cache.
const TOGETHER: usize = 16;

/// Maps of a batch: sample, row, column and channel one inside the other. Channels are filled up with zeros to whole
/// vectors, and after the last position there is one more of zeros, for what lies outside of all maps.
#[derive(Debug)]
pub struct Maps {
    /// As above.
    pub values: Vec<f32>,
    /// Samples.
    pub batch: usize,
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// Channels, without those that fill up.
    pub channels: usize,
    /// From a position to the next.
    pub pitch: usize,
}

impl Maps {
    /// Of so many samples with so many rows and columns.
    #[must_use]
    pub fn zeros(batch: usize, [height, width]: [usize; 2], channels: usize) -> Self {
        let pitch = channels.next_multiple_of(lanes());
        Self {
            values: vec![0.0; (batch * height * width + 1) * pitch],
            batch,
            height,
            width,
            channels,
            pitch,
        }
    }

    /// Of samples `[n, channels, side, side]`.
    #[must_use]
    pub fn from_planes(planes: &[f32], channels: usize, side: usize) -> Self {
        let area = side * side;
        let batch = planes.len() / (channels * area);
        let mut maps = Self::zeros(batch, [side, side], channels);
        let pitch = maps.pitch;
        let samples = planes.chunks_exact(channels * area);
        for (sample, target) in samples.zip(maps.values.chunks_mut(area * pitch)) {
            for (index, target) in target.chunks_mut(TOGETHER * pitch).enumerate() {
                let from = index * TOGETHER;
                let count = target.len() / pitch;
                for (channel, plane) in sample.chunks_exact(area).enumerate() {
                    let places = target.chunks_exact_mut(pitch);
                    for (place, value) in places.zip(&plane[from..from + count]) {
                        place[channel] = *value;
                    }
                }
            }
        }
        maps
    }

    /// As samples `[n, channels, height, width]`.
    #[must_use]
    pub fn planes(&self) -> Vec<f32> {
        let (area, pitch) = (self.area(), self.pitch);
        let mut planes = vec![0.0; self.batch * self.channels * area];
        let samples = planes.chunks_exact_mut((self.channels * area).max(1));
        for (sample, values) in samples.zip(self.values.chunks(self.sample())) {
            for (index, values) in values.chunks(TOGETHER * pitch).enumerate() {
                let from = index * TOGETHER;
                let count = values.len() / pitch;
                for (channel, plane) in sample.chunks_exact_mut(area).enumerate() {
                    let places = values.chunks_exact(pitch);
                    for (value, place) in plane[from..from + count].iter_mut().zip(places) {
                        *value = place[channel];
                    }
                }
            }
        }
        planes
    }

    /// Positions of a sample.
    #[must_use]
    pub fn area(&self) -> usize {
        self.height * self.width
    }

    /// Values of a sample, zeros included.
    #[must_use]
    pub fn sample(&self) -> usize {
        self.area() * self.pitch
    }

    /// Where position `(row, column)` of a sample lies: where the zeros lie, if it is outside.
    #[must_use]
    pub fn place(&self, sample: usize, row: Option<usize>, column: Option<usize>) -> usize {
        match (row, column) {
            (Some(row), Some(column)) if row < self.height && column < self.width => {
                sample * self.sample() + (row * self.width + column) * self.pitch
            }
            _ => self.batch * self.sample(),
        }
    }

    /// What is left of `activation` when vectors have been through it.
    #[must_use]
    pub fn end(mut self, activation: Activation) -> Self {
        if activation == Activation::Tanh {
            let values = self.values.iter_mut();
            values.for_each(|value| *value = value.tanh());
        }
        self
    }
}
