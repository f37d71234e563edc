//! The gradient for the weight.

use std::ops::Range;

use pulp::{Arch, Simd, WithSimd};

use super::super::chunk;
use super::super::matrix::separate;
use super::blocks::{Block, Blocks, Lines, Planes, Reach};
use super::{image_planes, map_planes};
use crate::geometry::Geometry;
use compute::winograd::product::{Left, Turned, panel_columns};
use compute::winograd::tiles::{Backward, Strided, Tile};
use compute::winograd::{APART, TAPS, TILE, lanes, made, places, read, scatter};
use compute::{scratch, share};

/// Tiles of a block.
const BLOCK: usize = 32;
/// Channels of the image and of the map whose sums stay in a core's cache.
const GROUPS: [usize; 2] = [64, 64];
/// Taps of a kernel.
const KERNEL: usize = TAPS * TAPS;
/// What a tile reads of the image, and of the map.
const REACHES: [Reach; 2] = [
    Reach {
        step: Strided::STEP,
        before: Strided::BEFORE,
        values: 7,
    },
    Reach {
        step: 2,
        before: 0,
        values: 2,
    },
];

/// [`super::super::weight_gradient`]
pub(in super::super) fn weight_gradient(g: &Geometry, image: &[f32], map: &[f32]) -> Vec<f32> {
    let tiles = [g.map_height(), g.map_width()].map(|side| side.div_ceil(2));
    let blocks = Blocks::new(g.batch, tiles, BLOCK);
    let [inputs, outputs] = [g.image_channels, g.map_channels];
    let sizes = sizes([inputs, outputs]);
    let groups = inputs.div_ceil(sizes[0]);
    let units = groups * outputs.div_ceil(sizes[1]);
    let parts = (0..outputs).flat_map(|output| {
        (0..groups).map(move |group| {
            let inputs = chunk(group, sizes[0], inputs);
            (output / sizes[1] * groups + group, inputs.len() * KERNEL)
        })
    });
    share::made_in_parts(inputs * outputs * KERNEL, units, parts, |unit, kernels| {
        let gradient = Gradient {
            planes: [image_planes(g, image), map_planes(g, map)],
            channels: [
                chunk(unit % groups, sizes[0], inputs),
                chunk(unit / groups, sizes[1], outputs),
            ],
            blocks: &blocks,
        };
        gradient.run(kernels);
    })
}

/// Channels of the image and of the map that a core takes at a time: fewer where there are cores for more.
fn sizes([inputs, outputs]: [usize; 2]) -> [usize; 2] {
    let [mut input, mut output] = GROUPS;
    let units = |input, output| inputs.div_ceil(input) * outputs.div_ceil(output);
    if units(input, output) < share::threads() {
        output = output.min(panel_columns().max(32));
    }
    if units(input, output) < share::threads() {
        input = input.min(lanes().max(16));
    }
    [input, output]
}

/// Some channels of the image by some of the map.
struct Gradient<'a> {
    planes: [Planes<'a>; 2],
    channels: [Range<usize>; 2],
    blocks: &'a Blocks,
}

impl Gradient<'_> {
    /// Channels, filled up to what is made at a time.
    #[inline(always)]
    fn pitches(&self) -> [usize; 2] {
        let [inputs, outputs] = &self.channels;
        [
            inputs.len().next_multiple_of(lanes()),
            outputs.len().next_multiple_of(panel_columns()),
        ]
    }

    /// `kernels`: of each channel of the map, the taps of all channels of the image.
    fn run(&self, kernels: &mut [&mut [f32]]) {
        let [inputs, outputs] = self.pitches();
        let most = self.blocks.most();
        let reads = TILE * (most * inputs + APART);
        let results = TILE * (most * outputs + APART);
        let sums = TILE * (self.channels[0].len() * outputs + APART);
        let taps = self.channels[0].len() * KERNEL * outputs;
        scratch::with([reads, results.max(taps)], |[reads, results]| {
            scratch::with([sums, 0], |[sums, _]| {
                for (index, block) in self.blocks.all().enumerate() {
                    let [image, map] = [0, 1].map(|side| {
                        let pitch = self.pitches()[side];
                        Lines::new(&self.planes[side], &block, REACHES[side], pitch)
                    });
                    scratch::with([image.len(), map.len()], |values| {
                        Arch::new().dispatch(Grow {
                            gradient: self,
                            block,
                            lines: [image, map],
                            values,
                            reads,
                            results,
                            sums,
                            add: index > 0,
                        });
                    });
                }
                Arch::new().dispatch(Finish {
                    gradient: self,
                    sums,
                    taps: results,
                    kernels,
                });
            });
        });
    }
}

/// Adds a block's products to the sums.
struct Grow<'a> {
    gradient: &'a Gradient<'a>,
    block: Block,
    lines: [Lines; 2],
    values: [&'a mut [f32]; 2],
    /// For each point `[tiles, channels of the image]`.
    reads: &'a mut [f32],
    /// For each point `[tiles, channels of the map]` in panels.
    results: &'a mut [f32],
    /// For each point `[channels of the image, channels of the map]`.
    sums: &'a mut [f32],
    add: bool,
}

impl WithSimd for Grow<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        for side in [0, 1] {
            let Gradient {
                planes, channels, ..
            } = self.gradient;
            let values = &mut *self.values[side];
            self.lines[side].fill(&planes[side], channels[side].clone(), values);
        }
        self.read_image(simd);
        self.read_map(simd);
        let [inputs, outputs] = self.gradient.pitches();
        let (tiles, count) = (self.block.len(), self.gradient.channels[0].len());
        let reads = self.reads.chunks(tiles * inputs + APART);
        let results = self.results.chunks(tiles * outputs + APART);
        let sums = self.sums.chunks_mut(count * outputs + APART).take(TILE);
        for ((reads, sums), results) in reads.zip(sums).zip(results) {
            let columns = Turned {
                values: &reads[..tiles * inputs],
                pitch: inputs,
            };
            let sums = &mut sums[..count * outputs];
            columns.by(simd, count, &results[..tiles * outputs], sums, self.add);
        }
    }
}

impl Grow<'_> {
    #[inline(always)]
    fn read_image<S: Simd>(&mut self, simd: S) {
        let [pitch, _] = self.gradient.pitches();
        let plane = self.block.len() * pitch + APART;
        for (index, [sample, row, column]) in self.block.tiles().enumerate() {
            let place = |row, column| self.lines[0].place(sample, row, column);
            let places = places([row, column], [Strided::STEP, Strided::BEFORE], place);
            for channel in (0..pitch).step_by(S::F32_LANES) {
                let values = &self.values[0][channel..];
                let points = read::<S, Strided, 7>(simd, values, &places);
                scatter::<S>(points, &mut self.reads[index * pitch + channel..], plane);
            }
        }
    }

    #[inline(always)]
    fn read_map<S: Simd>(&mut self, simd: S) {
        let ([_, pitch], panel) = (self.gradient.pitches(), panel_columns());
        let tiles = self.block.len();
        let plane = tiles * pitch + APART;
        for (index, [sample, row, column]) in self.block.tiles().enumerate() {
            let place = |row, column| self.lines[1].place(sample, row, column);
            let places = places([row, column], [2, 0], place);
            for channel in (0..pitch).step_by(S::F32_LANES) {
                let values = &self.values[1][channel..];
                let points = read::<S, Backward, 2>(simd, values, &places);
                // The panel, its row, and the vector in it.
                let at = channel / panel * panel * tiles + index * panel + channel % panel;
                scatter::<S>(points, &mut self.results[at..], plane);
            }
        }
    }
}

/// Makes taps of the sums.
struct Finish<'a, 'b> {
    gradient: &'a Gradient<'a>,
    sums: &'a [f32],
    /// `[channels of the image, taps, channels of the map]`.
    taps: &'a mut [f32],
    kernels: &'a mut [&'b mut [f32]],
}

impl WithSimd for Finish<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let [_, pitch] = self.gradient.pitches();
        let count = self.gradient.channels[0].len();
        let plane = count * pitch + APART;
        let taps = self.taps.chunks_exact_mut(KERNEL * pitch);
        for (input, taps) in taps.enumerate().take(count) {
            for channel in (0..pitch).step_by(S::F32_LANES) {
                let sums = &self.sums[input * pitch + channel..];
                let found = made::<S, Backward, TAPS>(simd, sums, plane);
                for (line, tap) in taps.chunks_exact_mut(pitch).zip(found.as_flattened()) {
                    compute::winograd::store::<S>(&mut line[channel..], *tap);
                }
            }
        }
        separate(self.taps, pitch, self.kernels);
    }
}
