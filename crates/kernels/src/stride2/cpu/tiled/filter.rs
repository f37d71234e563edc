//! The convolution and its transpose.

use std::marker::PhantomData;
use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::super::matrix::{interleave, separate};
use super::super::{chunk, chunks};
use super::blocks::{Block, Blocks, Lines, Planes, Reach};
use compute::winograd::product::{Left, Rows, panel_columns};
use compute::winograd::tiles::Tile;
use compute::winograd::{
    APART, TAPS, TILE, lanes, load, made, places, points, read, scatter, store,
};
use compute::{scratch, share};

/// Channels that are made at a time: whole panels, on every processor.
const GROUP: usize = 32;
/// Values of what the products read of a block, 1 MiB: they stay in a core's cache, or near it.
const CACHED: usize = 256 * 1024;
/// The fewest and the most tiles of a block: below, products read the weights too often.
const BLOCK: [usize; 2] = [32, 64];
/// Weights, ready for products, that are made once for all blocks, 16 MiB.
const SHARED: usize = 2 * 1024 * 1024;
/// Kernels that are brought into lines of channels at a time.
const KERNELS: usize = 16;

/// A layer.
pub(super) struct Filter<'a, T, const IN: usize, const OUT: usize> {
    pub tile: PhantomData<T>,
    pub batch: usize,
    pub source: Planes<'a>,
    /// Channels, height and width of what is made.
    pub made: [usize; 3],
    pub weight: &'a [f32],
    /// Kernels from one channel that is read to the next, and from one that is made.
    pub strides: [usize; 2],
    pub bias: Option<&'a [f32]>,
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> Filter<'_, T, IN, OUT> {
    pub fn run(&self) -> Vec<f32> {
        let [channels, height, width] = self.made;
        let tiles = [height, width].map(|side| side.div_ceil(OUT));
        let [least, most] = BLOCK;
        let fitting = (CACHED / (TILE * self.pitch())).clamp(least, most);
        let all = self.batch * tiles[0] * tiles[1];
        let each = all.div_ceil(share::threads());
        let blocks = Blocks::new(self.batch, tiles, fitting.min(each));
        let weights = TILE * self.source.channels * channels.next_multiple_of(panel_columns());
        if weights > SHARED && blocks.whole() {
            self.by_groups(&blocks)
        } else {
            self.by_blocks(&blocks)
        }
    }

    /// Where weights are few: all of them first, then what the products read of a block, then its products.
    fn by_blocks(&self, blocks: &Blocks) -> Vec<f32> {
        let [channels, height, width] = self.made;
        let groups = channels.div_ceil(GROUP);
        let size = self.weights_of_group();
        let parts = (0..self.batch * channels).flat_map(|plane| {
            let blocks = *blocks;
            blocks.of_sample(plane / channels).map(move |index| {
                let rows = blocks.block(index).rows;
                let rows = rows.start * OUT..(rows.end * OUT).min(height);
                (index, rows.len() * width)
            })
        });
        scratch::with([groups * size, 0], |[weights, _]| {
            share::pieces(weights, size, |group, weights| {
                self.weigh(group, weights);
            });
            let weights = &*weights;
            share::made_in_parts(
                self.batch * channels * height * width,
                blocks.count(),
                parts,
                |index, planes| {
                    let block = blocks.block(index);
                    scratch::with([self.reads_of(block.len()), 0], |[reads, _]| {
                        self.read(&block, reads);
                        for (group, weights) in weights.chunks_exact(size).enumerate() {
                            self.multiply(&block, group, reads, weights, planes);
                        }
                    });
                },
            )
        })
    }

    /// Where weights are many: what the products read of all blocks first, then the weights of a group, then its
    /// products.
    fn by_groups(&self, blocks: &Blocks) -> Vec<f32> {
        let [channels, height, width] = self.made;
        let groups = channels.div_ceil(GROUP);
        // Blocks that share the weights of a group.
        let together = blocks.count().div_ceil(share::threads().div_ceil(groups));
        let units = blocks.count().div_ceil(together) * groups;
        let parts = (0..self.batch * channels).map(|plane| {
            let block = blocks.of_sample(plane / channels).start;
            let group = plane % channels / GROUP;
            (block / together * groups + group, height * width)
        });
        let size = self.reads_of(blocks.most());
        scratch::with([blocks.count() * size, 0], |[reads, _]| {
            share::pieces(reads, size, |index, reads| {
                self.read(&blocks.block(index), reads);
            });
            let reads = &*reads;
            share::made_in_parts(
                self.batch * channels * height * width,
                units,
                parts,
                |unit, planes| {
                    let group = unit % groups;
                    scratch::with([self.weights_of_group(), 0], |[weights, _]| {
                        self.weigh(group, weights);
                        let mut planes = planes;
                        for index in chunk(unit / groups, together, blocks.count()) {
                            let block = blocks.block(index);
                            let count = block.samples.len() * self.group(group).len();
                            let (some, rest) = planes.split_at_mut(count);
                            planes = rest;
                            let reads = &reads[index * size..];
                            self.multiply(&block, group, reads, weights, some);
                        }
                    });
                },
            )
        })
    }

    /// Channels that are read, filled up to vectors.
    fn pitch(&self) -> usize {
        self.source.channels.next_multiple_of(lanes())
    }

    /// Values that products read of so many tiles.
    fn reads_of(&self, tiles: usize) -> usize {
        TILE * (tiles * self.pitch() + APART)
    }

    /// The channels of a group.
    fn group(&self, index: usize) -> Range<usize> {
        chunk(index, GROUP, self.made[0])
    }

    /// Values of a group's weights.
    fn weights_of_group(&self) -> usize {
        TILE * (self.source.channels * GROUP + APART)
    }

    fn read(&self, block: &Block, reads: &mut [f32]) {
        let reach = Reach {
            step: T::STEP,
            before: T::BEFORE,
            values: IN,
        };
        let lines = Lines::new(&self.source, block, reach, self.pitch());
        scratch::with([lines.len(), 0], |[values, _]| {
            Arch::new().dispatch(Read {
                filter: self,
                block,
                lines,
                values,
                reads,
            });
        });
    }

    fn weigh(&self, group: usize, weights: &mut [f32]) {
        scratch::with([KERNELS * TAPS * TAPS * GROUP, 0], |[taps, _]| {
            Arch::new().dispatch(Weigh {
                filter: self,
                channels: self.group(group),
                taps,
                weights,
            });
        });
    }

    fn multiply(
        &self,
        block: &Block,
        group: usize,
        reads: &[f32],
        weights: &[f32],
        planes: &mut [&mut [f32]],
    ) {
        let tiles = block.len();
        let counts = [TILE * (tiles * GROUP + APART), tiles * OUT * OUT * GROUP];
        scratch::with(counts, |[sums, results]| {
            Arch::new().dispatch(Multiply {
                filter: self,
                block,
                channels: self.group(group),
                reads,
                weights,
                sums,
                results,
                planes,
            });
        });
    }
}

/// What the products read of a block: for each point `[tiles, pitch]`.
struct Read<'a, T, const IN: usize, const OUT: usize> {
    filter: &'a Filter<'a, T, IN, OUT>,
    block: &'a Block,
    lines: Lines,
    values: &'a mut [f32],
    reads: &'a mut [f32],
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for Read<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self {
            filter,
            lines,
            values,
            ..
        } = self;
        let pitch = filter.pitch();
        let plane = self.block.len() * pitch + APART;
        lines.fill(&filter.source, 0..filter.source.channels, values);
        for (index, [sample, row, column]) in self.block.tiles().enumerate() {
            let place = |row, column| lines.place(sample, row, column);
            let places = places([row, column], [T::STEP, T::BEFORE], place);
            for channel in (0..pitch).step_by(S::F32_LANES) {
                let values = &values[channel..];
                let points = read::<S, T::Read, IN>(simd, values, &places);
                scatter::<S>(points, &mut self.reads[index * pitch + channel..], plane);
            }
        }
    }
}

/// The weights of a group: for each point a matrix `[channels read, channels made]` in panels.
struct Weigh<'a, T, const IN: usize, const OUT: usize> {
    filter: &'a Filter<'a, T, IN, OUT>,
    /// Channels that are made.
    channels: Range<usize>,
    /// Taps of some kernels, each with the group's channels side by side.
    taps: &'a mut [f32],
    weights: &'a mut [f32],
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> WithSimd for Weigh<'_, T, IN, OUT> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        const KERNEL: usize = TAPS * TAPS;
        let Filter {
            source,
            strides: [read, made],
            weight,
            ..
        } = self.filter;
        let (depth, count) = (source.channels, self.channels.len());
        let panel = panel_columns();
        let plane = depth * count.next_multiple_of(panel) + APART;
        if count < GROUP {
            self.taps.fill(0.0);
        }
        // Kernels that lie one after the other are brought into lines together.
        let together = if *read == 1 { KERNELS } else { 1 };
        for inputs in chunks(together, depth) {
            let first = inputs.start * read + self.channels.start * made;
            let shape = [count, made * KERNEL, inputs.len() * KERNEL];
            interleave(&weight[first * KERNEL..], shape, self.taps, GROUP);
            for (input, taps) in inputs.zip(self.taps.chunks_exact(KERNEL * GROUP)) {
                for lane in (0..count).step_by(S::F32_LANES) {
                    let points = points::<S, T::Taps>(simd, &taps[lane..], GROUP);
                    // The panel, its row, and the vector in it.
                    let at = lane / panel * panel * depth + input * panel + lane % panel;
                    scatter::<S>(points, &mut self.weights[at..], plane);
                }
            }
        }
    }
}

/// The products of a block with a group's weights, and what is made of them.
struct Multiply<'a, 'b, T, const IN: usize, const OUT: usize> {
    filter: &'a Filter<'a, T, IN, OUT>,
    block: &'a Block,
    /// Channels that are made.
    channels: Range<usize>,
    reads: &'a [f32],
    weights: &'a [f32],
    /// What comes of the products: for each point `[tiles, channels]`.
    sums: &'a mut [f32],
    /// What is made, with channels side by side.
    results: &'a mut [f32],
    /// The same, in planes: of each sample, all channels or those of the group.
    planes: &'a mut [&'b mut [f32]],
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> WithSimd
    for Multiply<'_, '_, T, IN, OUT>
{
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        self.products(simd);
        self.make(simd);
        self.spread();
    }
}

impl<T: Tile<IN, OUT>, const IN: usize, const OUT: usize> Multiply<'_, '_, T, IN, OUT> {
    /// Channels that are made, filled up to panels.
    #[inline(always)]
    fn wide(&self) -> usize {
        self.channels.len().next_multiple_of(panel_columns())
    }

    /// Rows and columns of a sample that the block makes.
    #[inline(always)]
    fn sides(&self) -> [usize; 2] {
        let [_, height, width] = self.filter.made;
        let rows = &self.block.rows;
        [(rows.end * OUT).min(height) - rows.start * OUT, width]
    }

    #[inline(always)]
    fn products<S: Simd>(&mut self, simd: S) {
        let (tiles, wide) = (self.block.len(), self.wide());
        let (depth, pitch) = (self.filter.source.channels, self.filter.pitch());
        let reads = self.reads.chunks(tiles * pitch + APART);
        let weights = self.weights.chunks(depth * wide + APART);
        let sums = self.sums.chunks_mut(tiles * wide + APART).take(TILE);
        for ((reads, sums), weights) in reads.zip(sums).zip(weights) {
            let rows = Rows {
                values: reads,
                depth,
                pitch,
            };
            rows.by(
                simd,
                tiles,
                &weights[..depth * wide],
                &mut sums[..tiles * wide],
                false,
            );
        }
    }

    #[inline(always)]
    fn make<S: Simd>(&mut self, simd: S) {
        let wide = self.wide();
        let plane = self.block.len() * wide + APART;
        let [height, width] = self.sides();
        for lane in (0..wide).step_by(S::F32_LANES) {
            let bias = self.bias(simd, lane);
            for (index, [sample, row, column]) in self.block.tiles().enumerate() {
                let sums = &self.sums[index * wide + lane..];
                let results = made::<S, T::Made, OUT>(simd, sums, plane);
                let top = (sample - self.block.samples.start) * height;
                let (row, column) = ((row - self.block.rows.start) * OUT, column * OUT);
                for (y, results) in results.into_iter().enumerate().take(height - row) {
                    for (x, result) in results.into_iter().enumerate().take(width - column) {
                        let place = (top + row + y) * width + column + x;
                        let result = simd.add_f32s(result, bias);
                        store::<S>(&mut self.results[place * GROUP + lane..], result);
                    }
                }
            }
        }
    }

    /// The bias of the channels from `lane` on.
    #[inline(always)]
    fn bias<S: Simd>(&self, simd: S, lane: usize) -> S::f32s {
        let mut values = [0.0; GROUP];
        if let Some(bias) = self.filter.bias {
            let bias = &bias[self.channels.clone()];
            values[..bias.len()].copy_from_slice(bias);
        }
        match lane < GROUP {
            true => load::<S>(&values[lane..]),
            false => simd.splat_f32s(0.0),
        }
    }

    #[inline(always)]
    fn spread(&mut self) {
        let (samples, count) = (self.block.samples.len(), self.channels.len());
        let of_sample = self.planes.len() / samples;
        let first = if of_sample > count {
            self.channels.start
        } else {
            0
        };
        let [height, width] = self.sides();
        let results = self.results.chunks_exact(height * width * GROUP);
        for (results, planes) in results.zip(self.planes.chunks_exact_mut(of_sample)) {
            separate(results, GROUP, &mut planes[first..first + count]);
        }
    }
}
