//! The convolution with a kernel of 5 and its transpose, as products of tiles: see [`crate::winograd`].

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::maps::Maps;
use super::{CACHED, activated};
use crate::Activation;
use crate::winograd::product::{panel_columns, product};
use crate::winograd::tiles::{Strided, Tile, Transposed};
use crate::winograd::{APART, TAPS, TILE, lanes, load, made, places, points, read, scatter, store};
use crate::{scratch, share};

/// A layer's weights, ready for products.
#[derive(Debug)]
pub struct Winograd {
    direction: Direction,
    outputs: usize,
    /// Values of a tile for one product: channels that are read, filled up.
    depth: usize,
    /// What comes of them: channels that are made, filled up to panels.
    wide: usize,
    /// For each product a matrix `[depth, wide]` in panels.
    weights: Vec<f32>,
    /// `[wide]`.
    bias: Vec<f32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Strided,
    Transposed,
}

impl Winograd {
    /// The convolution; `weight` `[out, in, 5, 5]`.
    #[must_use]
    pub fn strided([inputs, outputs]: [usize; 2], weight: &[f32], bias: &[f32]) -> Self {
        let strides = [1, inputs];
        Self::new(Direction::Strided, [inputs, outputs], strides, weight, bias)
    }

    /// Its transpose; `weight` `[in, out, 5, 5]`.
    #[must_use]
    pub fn transposed([inputs, outputs]: [usize; 2], weight: &[f32], bias: &[f32]) -> Self {
        let strides = [outputs, 1];
        Self::new(
            Direction::Transposed,
            [inputs, outputs],
            strides,
            weight,
            bias,
        )
    }

    /// `strides`: kernels from one input's to the next one's, and from one output's.
    fn new(
        direction: Direction,
        [inputs, outputs]: [usize; 2],
        strides: [usize; 2],
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        let depth = inputs.next_multiple_of(lanes());
        let wide = outputs.next_multiple_of(panel_columns());
        let mut layer = Self {
            direction,
            outputs,
            depth,
            wide,
            weights: vec![0.0; TILE * (depth * wide + APART)],
            bias: bias.to_vec(),
        };
        layer.bias.resize(wide, 0.0);
        Arch::new().dispatch(Pack {
            layer: &mut layer,
            weight,
            inputs,
            strides,
        });
        layer
    }

    /// What it makes of maps with its channels.
    #[must_use]
    pub fn run(&self, maps: &Maps, activation: Activation) -> Maps {
        let (sides, tile) = match self.direction {
            Direction::Strided => ([maps.height, maps.width].map(|side| side.div_ceil(2)), 2),
            Direction::Transposed => ([2 * maps.height, 2 * maps.width], 4),
        };
        let mut made = Maps::zeros(maps.batch, sides, self.outputs);
        let tiles = sides.map(|side| side.div_ceil(tile));
        let most = CACHED / (TILE * (self.depth + self.wide));
        let cut = Cut::new(maps.batch, tiles, most, sides[0].is_multiple_of(tile));
        let shape = [made.height, made.width, made.pitch];
        let piece = match cut {
            Cut::Samples(samples) => samples * made.sample(),
            Cut::Rows(rows) => rows * tile * made.width * made.pitch,
        };
        let values = maps.batch * made.sample();
        share::pieces(&mut made.values[..values], piece, |index, made| {
            let rows = cut.rows(index, maps.batch, tiles[0]);
            let counts =
                [self.depth, self.wide].map(|size| TILE * (rows.len() * tiles[1] * size + APART));
            scratch::with(counts, |[read, sums]| {
                Arch::new().dispatch(Piece {
                    layer: self,
                    maps,
                    activation,
                    tiles,
                    rows,
                    read,
                    sums,
                    made,
                    shape,
                });
            });
        });
        made.end(activation)
    }
}

/// How tiles are divided, so that what lies between passes stays in the cache, and each core has some.
#[derive(Debug, Clone, Copy)]
enum Cut {
    /// So many samples in a piece.
    Samples(usize),
    /// So many rows of tiles, which divide a sample's.
    Rows(usize),
}

impl Cut {
    /// Of a batch whose samples have `[rows, columns]` tiles: at most `most` tiles in a piece, but a row at least. Rows
    /// of tiles that are not all `whole` stay together.
    fn new(batch: usize, [rows, columns]: [usize; 2], most: usize, whole: bool) -> Self {
        let share = (batch * rows).div_ceil(share::threads());
        let most = (most / columns).min(share).max(1);
        match most / rows {
            0 if whole => {
                let divides = |count: &usize| rows.is_multiple_of(*count);
                Self::Rows((1..=most).rev().find(divides).unwrap_or(1))
            }
            samples => Self::Samples(samples.clamp(1, batch.max(1))),
        }
    }

    /// The rows of tiles of piece `index`, counted through all samples, of `rows` each.
    fn rows(self, index: usize, batch: usize, rows: usize) -> Range<usize> {
        let size = match self {
            Self::Samples(samples) => samples * rows,
            Self::Rows(count) => count,
        };
        index * size..((index + 1) * size).min(batch * rows)
    }
}

/// Lanes that the widest vector has at most.
const MOST: usize = 64;

/// Brings weights into the order of [`Winograd::weights`].
struct Pack<'a> {
    layer: &'a mut Winograd,
    weight: &'a [f32],
    inputs: usize,
    strides: [usize; 2],
}

impl WithSimd for Pack<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.layer.direction {
            Direction::Strided => self.pack::<S, 7, 2, Strided>(simd),
            Direction::Transposed => self.pack::<S, 4, 4, Transposed>(simd),
        }
    }
}

impl Pack<'_> {
    #[inline(always)]
    fn pack<S: Simd, const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(self, simd: S) {
        let Winograd {
            depth,
            wide,
            outputs,
            ..
        } = *self.layer;
        let (panel, plane) = (panel_columns(), depth * wide + APART);
        for output in (0..outputs).step_by(S::F32_LANES) {
            let some = output..(output + S::F32_LANES).min(outputs);
            for input in 0..self.inputs {
                let taps = self.taps(input, some.clone());
                let points = points::<S, T::Taps>(simd, taps.as_flattened(), MOST);
                // The panel, its row, and the vector in it.
                let at = output / panel * panel * depth + input * panel + output % panel;
                scatter::<S>(points, &mut self.layer.weights[at..], plane);
            }
        }
    }

    /// The kernels of `outputs` for one input, each in a lane of its own.
    #[inline(always)]
    fn taps(&self, input: usize, outputs: Range<usize>) -> [[f32; MOST]; TAPS * TAPS] {
        let mut lanes = [[0.0; MOST]; TAPS * TAPS];
        for (lane, output) in outputs.enumerate() {
            let kernel = input * self.strides[0] + output * self.strides[1];
            let kernel = &self.weight[kernel * TAPS * TAPS..][..TAPS * TAPS];
            for (lanes, tap) in lanes.iter_mut().zip(kernel) {
                lanes[lane] = *tap;
            }
        }
        lanes
    }
}

/// Some rows of tiles.
struct Piece<'a> {
    layer: &'a Winograd,
    maps: &'a Maps,
    activation: Activation,
    /// Of a sample, rows and columns.
    tiles: [usize; 2],
    /// Counted through all samples.
    rows: Range<usize>,
    /// For each product, what is read: `[tiles, depth]`.
    read: &'a mut [f32],
    /// For each product, what comes of it: `[tiles, wide]`.
    sums: &'a mut [f32],
    /// The maps that are made, from the first row of the first tile on, and their height, width and pitch.
    made: &'a mut [f32],
    shape: [usize; 3],
}

impl WithSimd for Piece<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match self.layer.direction {
            Direction::Strided => self.run::<S, 7, 2, Strided>(simd),
            Direction::Transposed => self.run::<S, 4, 4, Transposed>(simd),
        }
    }
}

impl Piece<'_> {
    #[inline(always)]
    fn run<S: Simd, const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(mut self, simd: S) {
        self.read::<S, IN, OUT, T>(simd);
        let Winograd { depth, wide, .. } = *self.layer;
        let tiles = self.rows.len() * self.tiles[1];
        let reads = self.read.chunks(tiles * depth + APART);
        let sums = self.sums.chunks_mut(tiles * wide + APART);
        let weights = self.layer.weights.chunks(depth * wide + APART);
        for ((read, sums), weights) in reads.zip(sums).zip(weights) {
            let (read, sums) = (&read[..tiles * depth], &mut sums[..tiles * wide]);
            product(simd, read, depth, &weights[..depth * wide], sums, false);
        }
        self.write::<S, IN, OUT, T>(simd);
    }

    /// What the products read.
    #[inline(always)]
    fn read<S: Simd, const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(&mut self, simd: S) {
        let Self { maps, tiles, .. } = *self;
        let depth = self.layer.depth;
        let plane = self.rows.len() * tiles[1] * depth + APART;
        let rows = self.rows.clone();
        let all = rows.flat_map(|row| (0..tiles[1]).map(move |column| (row, column)));
        for (tile, (row, column)) in all.enumerate() {
            let sample = row / tiles[0];
            let places = places(
                [row % tiles[0], column],
                [T::STEP, T::BEFORE],
                |row, column| maps.place(sample, row, column),
            );
            for channel in (0..depth).step_by(S::F32_LANES) {
                let values = &maps.values[channel..];
                let points = read::<S, T::Read, IN>(simd, values, &places);
                scatter::<S>(points, &mut self.read[tile * depth + channel..], plane);
            }
        }
    }

    /// The maps, from what came of the products.
    #[inline(always)]
    fn write<S: Simd, const IN: usize, const OUT: usize, T: Tile<IN, OUT>>(&mut self, simd: S) {
        let Self { tiles, shape, .. } = *self;
        let wide = self.layer.wide;
        let plane = self.rows.len() * tiles[1] * wide + APART;
        let [height, width, pitch] = shape;
        let first = self.rows.start / tiles[0] * height + self.rows.start % tiles[0] * OUT;
        let rows = self.rows.clone();
        let all = rows.flat_map(|row| (0..tiles[1]).map(move |column| (row, column)));
        for (tile, (row, column)) in all.enumerate() {
            let top = row / tiles[0] * height - first;
            let (row, column) = (row % tiles[0] * OUT, column * OUT);
            for channel in (0..pitch).step_by(S::F32_LANES) {
                let at = tile * wide + channel;
                let sums = &self.sums[at..];
                let results = made::<S, T::Made, OUT>(simd, sums, plane);
                let bias = load::<S>(&self.layer.bias[channel..]);
                for (y, results) in results.into_iter().enumerate().take(height - row) {
                    for (x, result) in results.into_iter().enumerate().take(width - column) {
                        let result = activated(simd, self.activation, simd.add_f32s(result, bias));
                        let place = (top + row + y) * width + column + x;
                        store::<S>(&mut self.made[place * pitch + channel..], result);
                    }
                }
            }
        }
    }
}
