//! The three operations on the CPU: the reference of the shaders, and what flex computes with.
//!
//! Each is a product with the image's [`columns`], made for a few channels of a few samples at a time: the matrix of a
//! whole batch would not fit any cache. Samples with small maps share a product, so that it is wide enough to be worth
//! reading the weights for. How the work is cut does not depend on the number of cores, or only across rows of the
//! result: sums are added in the same order on every machine.

mod columns;
mod matrix;

use std::ops::Range;

use super::geometry::Geometry;
use crate::{scratch, share};
use columns::Columns;
use matrix::{Matrix, product};

/// Columns that a product should have at least.
const COLUMNS: usize = 512;
/// Values of the column matrix that stay in a core's own cache, 512 KiB.
const CACHED: usize = 128 * 1024;
/// Rows of a product that are worth a core of their own.
const ROWS: usize = 32;

/// How the work is cut.
struct Cut {
    /// Samples in a product.
    samples: usize,
    /// Products across the batch.
    blocks: usize,
    /// Image channels unfolded at a time.
    channels: usize,
}

impl Cut {
    fn new(geometry: &Geometry) -> Self {
        let area = geometry.map_area();
        let samples = (COLUMNS / area).clamp(1, geometry.batch);
        let channels = CACHED / (samples * area * geometry.taps());
        Self {
            samples,
            blocks: geometry.batch.div_ceil(samples),
            channels: channels.clamp(1, geometry.image_channels),
        }
    }

    /// The samples of block `index`.
    fn block(&self, index: usize, geometry: &Geometry) -> Range<usize> {
        let start = index * self.samples;
        start..(start + self.samples).min(geometry.batch)
    }
}

/// Pieces that `length` is cut into so that `tasks` times as many keep all cores busy, each at least `least` long.
fn piece(length: usize, tasks: usize, least: usize) -> usize {
    let wanted = share::threads().div_ceil(tasks);
    length.div_ceil(wanted).max(least).min(length)
}

fn chunk(index: usize, size: usize, length: usize) -> Range<usize> {
    let start = index * size;
    start..(start + size).min(length)
}

/// The convolution: image `[batch, in, h, w]`, weight `[out, in, k, k]`, bias `[out]` to the map
/// `[batch, out, h / 2, w / 2]`, halves rounded up.
pub(crate) fn conv2d(g: &Geometry, image: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let cut = Cut::new(g);
    let rows = piece(g.map_channels, cut.blocks, ROWS);
    let parts = g.map_channels.div_ceil(rows);
    let done = share::map(cut.blocks * parts, |task| {
        let samples = cut.block(task / parts, g);
        let outputs = chunk(task % parts, rows, g.map_channels);
        convolve(g, &cut, image, weight, samples, outputs)
    });
    let area = g.map_area();
    let mut map = vec![0.0; g.batch * g.map_channels * area];
    share::pieces(&mut map, g.map_channels * area, |sample, planes| {
        let (block, at) = (sample / cut.samples, sample % cut.samples);
        let columns = cut.block(block, g).len() * area;
        for (channel, plane) in planes.chunks_exact_mut(area).enumerate() {
            let part = &done[block * parts + channel / rows];
            let from = (channel % rows) * columns + at * area;
            for (value, sum) in plane.iter_mut().zip(&part[from..from + area]) {
                *value = sum + bias[channel];
            }
        }
    });
    map
}

/// Channels `outputs` of the map for `samples`: `[outputs, samples * area]`.
fn convolve(
    g: &Geometry,
    cut: &Cut,
    image: &[f32],
    weight: &[f32],
    samples: Range<usize>,
    outputs: Range<usize>,
) -> Vec<f32> {
    let (taps, depth) = (g.taps(), g.image_channels * g.taps());
    let width = samples.len() * g.map_area();
    let mut columns = Columns::new(*g);
    let mut sums = vec![0.0; outputs.len() * width];
    scratch::with(cut.channels * taps * width, |matrix| {
        for index in 0..g.image_channels.div_ceil(cut.channels) {
            let channels = chunk(index, cut.channels, g.image_channels);
            let rows = channels.len() * taps;
            columns.unfold(image, samples.clone(), channels.clone(), matrix);
            let weights = &weight[outputs.start * depth + channels.start * taps..];
            product(
                Matrix::rows(weights, outputs.len(), rows, depth),
                Matrix::rows(matrix, rows, width, width),
                &mut sums,
                index > 0,
            );
        }
    });
    sums
}

/// The transposed convolution, and with no bias the convolution's gradient for the image: map `[batch, out, ..]`,
/// weight `[out, in, k, k]`, bias `[in]` to the image `[batch, in, h, w]`.
pub(crate) fn conv_transpose2d(
    g: &Geometry,
    map: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let cut = Cut::new(g);
    let size = piece(g.image_channels, cut.blocks, cut.channels);
    let parts = g.image_channels.div_ceil(size);
    let done = share::map(cut.blocks * parts, |task| {
        let samples = cut.block(task / parts, g);
        let inputs = chunk(task % parts, size, g.image_channels);
        spread(g, &cut, map, weight, bias, samples, inputs)
    });
    let area = g.image_area();
    let mut image = vec![0.0; g.batch * g.image_channels * area];
    share::pieces(&mut image, g.image_channels * area, |sample, planes| {
        let (block, at) = (sample / cut.samples, sample % cut.samples);
        for (part, planes) in planes.chunks_mut(size * area).enumerate() {
            let from = at * planes.len();
            let source = &done[block * parts + part];
            planes.copy_from_slice(&source[from..from + planes.len()]);
        }
    });
    image
}

/// Channels `inputs` of the image for `samples`: `[samples, inputs, h * w]`.
fn spread(
    g: &Geometry,
    cut: &Cut,
    map: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
    samples: Range<usize>,
    inputs: Range<usize>,
) -> Vec<f32> {
    let (taps, depth, area) = (g.taps(), g.image_channels * g.taps(), g.image_area());
    let width = samples.len() * g.map_area();
    let gathered = gather(g, map, samples.clone());
    let mut columns = Columns::new(*g);
    let mut planes = vec![0.0; samples.len() * inputs.len() * area];
    scratch::with(cut.channels * taps * width, |matrix| {
        for index in 0..inputs.len().div_ceil(cut.channels) {
            let channels = chunk(index, cut.channels, inputs.len());
            let rows = channels.len() * taps;
            let weights = &weight[(inputs.start + channels.start) * taps..];
            product(
                Matrix::rows(weights, g.map_channels, rows, depth).transposed(),
                Matrix::rows(&gathered, g.map_channels, width, width),
                &mut matrix[..rows * width],
                false,
            );
            for (rows, channel) in matrix.chunks_exact(taps * width).zip(channels) {
                let start = bias.map_or(0.0, |bias| bias[inputs.start + channel]);
                for sample in 0..samples.len() {
                    let at = (sample * inputs.len() + channel) * area;
                    let plane = &mut planes[at..at + area];
                    columns.fold(rows, sample, samples.len(), start, plane);
                }
            }
        }
    });
    planes
}

/// The gradient for the weight, `[out, in, k, k]`, of a convolution of `image` whose map has the gradient `map`.
pub(crate) fn weight_gradient(g: &Geometry, image: &[f32], map: &[f32]) -> Vec<f32> {
    let cut = Cut::new(g);
    let taps = g.taps();
    let groups = g.image_channels.div_ceil(cut.channels);
    let rows = piece(g.map_channels, groups, ROWS);
    let parts = g.map_channels.div_ceil(rows);
    let gathered = share::map(cut.blocks, |block| gather(g, map, cut.block(block, g)));
    let done = share::map(groups * parts, |task| {
        let channels = chunk(task / parts, cut.channels, g.image_channels);
        let outputs = chunk(task % parts, rows, g.map_channels);
        let mut columns = Columns::new(*g);
        let mut sums = vec![0.0; outputs.len() * channels.len() * taps];
        let most = channels.len() * taps * cut.samples * g.map_area();
        scratch::with(most, |matrix| {
            for (block, maps) in gathered.iter().enumerate() {
                let samples = cut.block(block, g);
                let width = samples.len() * g.map_area();
                columns.unfold(image, samples, channels.clone(), matrix);
                product(
                    Matrix::rows(&maps[outputs.start * width..], outputs.len(), width, width),
                    Matrix::rows(matrix, channels.len() * taps, width, width).transposed(),
                    &mut sums,
                    block > 0,
                );
            }
        });
        sums
    });
    let mut gradient = vec![0.0; g.map_channels * g.image_channels * taps];
    let row = g.image_channels * taps;
    share::pieces(&mut gradient, row, |output, row| {
        for (group, target) in row.chunks_mut(cut.channels * taps).enumerate() {
            let part = &done[group * parts + output / rows];
            let from = (output % rows) * target.len();
            target.copy_from_slice(&part[from..from + target.len()]);
        }
    });
    gradient
}

/// The gradient for the bias, `[out]`: sums of `map` over samples and positions.
pub(crate) fn bias_gradient(channels: usize, area: usize, map: &[f32]) -> Vec<f32> {
    let mut sums = vec![0.0; channels];
    share::pieces(&mut sums, 1, |channel, sum| {
        let planes = map.chunks_exact(area).skip(channel).step_by(channels);
        sum[0] = planes.map(|plane| plane.iter().sum::<f32>()).sum();
    });
    sums
}

/// The maps of `samples` side by side: `[out, samples * area]`.
fn gather(g: &Geometry, map: &[f32], samples: Range<usize>) -> Vec<f32> {
    let area = g.map_area();
    let width = samples.len() * area;
    let mut gathered = vec![0.0; g.map_channels * width];
    for (at, sample) in samples.enumerate() {
        let planes = &map[sample * g.map_channels * area..];
        for (channel, plane) in planes.chunks_exact(area).take(g.map_channels).enumerate() {
            let to = channel * width + at * area;
            gathered[to..to + area].copy_from_slice(plane);
        }
    }
    gathered
}
