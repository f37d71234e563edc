//! The three operations on the CPU: the reference of the shaders, and what flex computes with.
//!
//! Each is a product with the image's [`columns`], made for a few channels of a few samples at a time: the matrix of a
//! whole batch would not fit any cache. Samples with small maps share a product, so that it is wide enough to be worth
//! reading the weights for. How the work is cut does not change the order in which a sum is added: results are the same
//! whatever the number of cores.

mod columns;
mod matrix;
mod panels;
mod tiled;

use std::ops::Range;

use crate::geometry::Geometry;
use columns::Columns;
use compute::vectors::{self, copy, vectorized};
use compute::{by_length, pass};
use compute::{scratch, share};
use matrix::{Matrix, Target, product, transpose, transpose_shared, transposed};
use panels::{DEPTH, PANEL, Panels};

/// Columns that a block of samples should have.
const COLUMNS: usize = 512;
/// Values of a column matrix that stay in a core's own cache, 512 KiB.
const CACHED: usize = 128 * 1024;
/// Rows of a product that are worth a core of their own.
const ROWS: usize = 32;

/// How the batch is cut.
struct Cut {
    /// Samples in a product.
    samples: usize,
    /// Products across the batch.
    blocks: usize,
}

impl Cut {
    /// `parts`: how many blocks there should be at least, for each core to have one.
    fn new(g: &Geometry, parts: usize) -> Self {
        let few = |columns: usize| (columns / g.map_area()).max(1);
        let share = g.batch.div_ceil(parts).max(few(PANEL));
        let samples = few(COLUMNS).min(share).min(g.batch);
        Self {
            samples,
            blocks: g.batch.div_ceil(samples),
        }
    }

    /// The samples of block `index`.
    fn block(&self, index: usize, g: &Geometry) -> Range<usize> {
        chunk(index, self.samples, g.batch)
    }

    /// Channels of `channels` that a core takes of a block. Only channels of a single sample lie together.
    fn channels(&self, channels: usize) -> usize {
        match self.samples {
            1 => {
                let wanted = share::threads().div_ceil(self.blocks);
                let size = channels.div_ceil(wanted).max(ROWS).min(channels);
                // A product of a single row adds in another order.
                let lone = |size: &usize| channels % size == 1;
                (size..=channels).find(|size| !lone(size)).unwrap_or(size)
            }
            _ => channels,
        }
    }
}

fn chunk(index: usize, size: usize, length: usize) -> Range<usize> {
    let start = index * size;
    start..(start + size).min(length)
}

/// The chunks of `length`, `size` long.
fn chunks(size: usize, length: usize) -> impl Iterator<Item = Range<usize>> {
    (0..length.div_ceil(size)).map(move |index| chunk(index, size, length))
}

/// The convolution: image `[batch, in, h, w]`, weight `[out, in, k, k]`, bias `[out]` to the map
/// `[batch, out, h / 2, w / 2]`, halves rounded up.
pub(crate) fn conv2d(g: &Geometry, image: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    if tiled::applies(g, g.map_channels) {
        return tiled::conv2d(g, image, weight, bias);
    }
    let cut = Cut::new(g, share::threads());
    let area = g.map_area();
    let size = cut.channels(g.map_channels);
    share::made(
        g.batch * g.map_channels * area,
        cut.samples * g.map_channels * area,
        |block, planes| {
            let samples = cut.block(block, g);
            let piece = samples.len() * size * area;
            share::pieces(planes, piece, |part, planes| {
                let outputs = chunk(part, size, g.map_channels);
                convolve(g, image, weight, bias, samples.clone(), outputs, planes);
            });
        },
    )
}

/// Channels `outputs` of the map for `samples`: `planes` is `[samples, outputs, area]`.
fn convolve(
    g: &Geometry,
    image: &[f32],
    weight: &[f32],
    bias: &[f32],
    samples: Range<usize>,
    outputs: Range<usize>,
    planes: &mut [f32],
) {
    let (taps, depth, area) = (g.taps(), g.image_channels * g.taps(), g.map_area());
    let width = samples.len() * area;
    let panels = Panels::of_runs(width, g.map_width());
    let weight = Matrix::rows(weight, g.map_channels, depth, depth);
    let together = (DEPTH / taps).clamp(1, g.image_channels);
    let mut columns = Columns::new(*g);
    let sizes = [together * taps * width, outputs.len() * width];
    scratch::with(sizes, |[matrix, sums]| {
        for channels in chunks(together, g.image_channels) {
            let rows = channels.len() * taps;
            columns.unfold(image, samples.clone(), channels.clone(), &panels, matrix);
            let place = channels.start * taps..channels.end * taps;
            let weights = weight.part(outputs.clone(), place);
            for panel in panels.iter() {
                let size = panel.len();
                let target = Target {
                    values: &mut sums[panel.start..],
                    row_stride: width,
                };
                let right = Matrix::rows(&matrix[panel.start * rows..], rows, size, size);
                product(weights, right, target, channels.start > 0);
            }
        }
        vectorized(Scatter, (sums, &bias[outputs], width, area, planes));
    });
}

pass!(
    /// Adds `bias` to the rows of `sums`, `width` long, and puts them where their samples lie.
    Scatter(sums: &[f32], bias: &[f32], width: usize, area: usize, planes: &mut [f32]) -> () {
        for (channel, (sums, bias_value)) in sums.chunks_exact(width).zip(bias).enumerate() {
            let planes = planes.chunks_exact_mut(area).skip(channel);
            let planes = planes.step_by(bias.len());
            for (plane, sums) in planes.zip(sums.chunks_exact(area)) {
                for (value, sum) in plane.iter_mut().zip(sums) {
                    *value = sum + bias_value;
                }
            }
        }
    }
);

/// The transposed convolution, and with no bias the convolution's gradient for the image: map `[batch, out, ..]`,
/// weight `[out, in, k, k]`, bias `[in]` to the image `[batch, in, h, w]`.
pub(crate) fn conv_transpose2d(
    g: &Geometry,
    map: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    if tiled::applies(g, g.image_channels) {
        return tiled::conv_transpose2d(g, map, weight, bias);
    }
    let cut = Cut::new(g, share::threads());
    let (area, rows) = (g.image_area(), g.image_channels * g.taps());
    // Products read the weights of a tap for all channels of the map one after the other. Few columns are not worth
    // bringing the weights into that order.
    let ordered = g.batch * g.map_area() >= COLUMNS;
    let count = if ordered { weight.len() } else { 0 };
    scratch::with([count, 0], |[by_tap, _]| {
        let weight = if ordered {
            transpose_shared(weight, g.map_channels, rows, by_tap);
            Matrix::rows(by_tap, rows, g.map_channels, g.map_channels)
        } else {
            Matrix::rows(weight, g.map_channels, rows, rows).transposed()
        };
        let size = cut.channels(g.image_channels);
        share::made(
            g.batch * g.image_channels * area,
            cut.samples * g.image_channels * area,
            |block, planes| {
                let samples = cut.block(block, g);
                let piece = samples.len() * size * area;
                share::pieces(planes, piece, |part, planes| {
                    let inputs = chunk(part, size, g.image_channels);
                    spread(g, map, weight, bias, samples.clone(), inputs, planes);
                });
            },
        )
    })
}

/// Channels `inputs` of the image for `samples`: `planes` is `[samples, inputs, h * w]`. A row of `weight` is a tap of
/// a channel of the image.
fn spread(
    g: &Geometry,
    map: &[f32],
    weight: Matrix<'_>,
    bias: Option<&[f32]>,
    samples: Range<usize>,
    inputs: Range<usize>,
    planes: &mut [f32],
) {
    let (taps, area, outputs) = (g.taps(), g.image_area(), g.map_channels);
    let width = samples.len() * g.map_area();
    let panels = Panels::of_runs(width, g.map_width());
    let together = (CACHED / (width * taps)).clamp(1, inputs.len());
    let mut columns = Columns::new(*g);
    let sizes = [together * taps * width, outputs * width];
    scratch::with(sizes, |[matrix, gathered]| {
        gather(g, map, samples.clone(), &panels, gathered);
        for channels in chunks(together, inputs.len()) {
            let rows = channels.len() * taps;
            let first = (inputs.start + channels.start) * taps;
            for panel in panels.iter() {
                let size = panel.len();
                let maps = Matrix::rows(&gathered[panel.start * outputs..], outputs, size, size);
                for depth in chunks(DEPTH, outputs) {
                    let target = Target {
                        values: &mut matrix[panel.start * rows..],
                        row_stride: size,
                    };
                    let left = weight.part(first..first + rows, depth.clone());
                    let add = depth.start > 0;
                    product(left, maps.part(depth, 0..size), target, add);
                }
            }
            for (index, channel) in channels.clone().enumerate() {
                let start = bias.map_or(0.0, |bias| bias[inputs.start + channel]);
                for sample in 0..samples.len() {
                    let plane = (sample * inputs.len() + channel) * area;
                    let plane = &mut planes[plane..plane + area];
                    let place = (index, channels.len());
                    columns.fold(matrix, &panels, place, sample, start, plane);
                }
            }
        }
    });
}

/// The gradient for the weight, `[out, in, k, k]`, of a convolution of `image` whose map has the gradient `map`.
pub(crate) fn weight_gradient(g: &Geometry, image: &[f32], map: &[f32]) -> Vec<f32> {
    if tiled::applies(g, g.map_channels) {
        return tiled::weight_gradient(g, image, map);
    }
    // Sums over blocks are added in their order: it is channels that are shared out.
    let cut = Cut::new(g, 1);
    let (taps, outputs) = (g.taps(), g.map_channels);
    let most = CACHED / (cut.samples * g.map_area() * taps);
    let groups = g.image_channels.div_ceil(most.clamp(1, g.image_channels));
    let groups = groups.next_multiple_of(share::threads());
    let together = g.image_channels.div_ceil(groups);
    let maps = share::map(cut.blocks, |block| {
        gather_transposed(g, map, cut.block(block, g))
    });
    // A row for each tap of each channel of the image, for a product's panels are of channels of the map.
    let rows = g.image_channels * taps;
    scratch::with([rows * outputs, 0], |[by_tap, _]| {
        share::pieces(by_tap, together * taps * outputs, |group, sums| {
            let channels = chunk(group, together, g.image_channels);
            sum_products(g, image, &cut, &maps, channels, sums);
        });
        transposed(by_tap, rows, outputs)
    })
}

/// The gradient for the weights of `channels`, `[channels * taps, out]`, from the gathered `maps` of each block.
fn sum_products(
    g: &Geometry,
    image: &[f32],
    cut: &Cut,
    maps: &[Vec<f32>],
    channels: Range<usize>,
    sums: &mut [f32],
) {
    let (rows, outputs) = (channels.len() * g.taps(), g.map_channels);
    let mut columns = Columns::new(*g);
    scratch::with([rows * cut.samples * g.map_area(), 0], |[matrix, _]| {
        for (block, maps) in maps.iter().enumerate() {
            let samples = cut.block(block, g);
            let width = samples.len() * g.map_area();
            columns.unfold(
                image,
                samples,
                channels.clone(),
                &Panels::one(width),
                matrix,
            );
            let matrix = Matrix::rows(matrix, rows, width, width);
            for panel in Panels::of_runs(outputs, 1).iter() {
                let size = panel.len();
                let maps = Matrix::rows(&maps[panel.start * width..], width, size, size);
                for depth in chunks(DEPTH, width) {
                    let target = Target {
                        values: &mut sums[panel.start..],
                        row_stride: outputs,
                    };
                    let left = matrix.part(0..rows, depth.clone());
                    let add = block > 0 || depth.start > 0;
                    product(left, maps.part(depth, 0..size), target, add);
                }
            }
        }
    });
}

/// The gradient for the bias, `[out]`: sums of `map` over samples and positions.
pub(crate) fn bias_gradient(channels: usize, area: usize, map: &[f32]) -> Vec<f32> {
    share::map(channels, |channel| {
        let planes = map.chunks_exact(area).skip(channel).step_by(channels);
        let sums = planes.map(|plane| vectorized(Sum, (plane,)));
        sums.sum::<f64>() as f32
    })
}

pass!(Sum(values: &[f32]) -> f64 { vectors::sum(values, |value| value) });

/// The maps of `samples` side by side: `[out, samples * area]`, in `panels`.
fn gather(g: &Geometry, map: &[f32], samples: Range<usize>, panels: &Panels, gathered: &mut [f32]) {
    vectorized(Gather, (g, map, samples, panels, gathered));
}

pass!(Gather(
    g: &Geometry,
    map: &[f32],
    samples: Range<usize>,
    panels: &Panels,
    gathered: &mut [f32],
) -> () {
    by_length!(g.map_width(), gather_rows, (g, map, samples, panels, gathered));
});

/// [`gather`], of rows that have `N` columns, or any number where that is zero.
#[inline(always)]
fn gather_rows<const N: usize>(
    g: &Geometry,
    map: &[f32],
    samples: Range<usize>,
    panels: &Panels,
    gathered: &mut [f32],
) {
    let (run, area) = (g.map_width(), g.map_area());
    for (at, sample) in samples.enumerate() {
        let planes = &map[sample * g.map_channels * area..][..g.map_channels * area];
        for row in 0..g.map_height() {
            let (first, apart) = panels.place(g.map_channels, at * area + row * run);
            for (channel, plane) in planes.chunks_exact(area).enumerate() {
                let to = first + channel * apart;
                copy::<N>(&mut gathered[to..to + run], &plane[row * run..][..run]);
            }
        }
    }
}

/// The maps of `samples` with channels for columns, `[samples * area, out]`, in panels.
fn gather_transposed(g: &Geometry, map: &[f32], samples: Range<usize>) -> Vec<f32> {
    let area = g.map_area();
    let width = samples.len() * area;
    let mut gathered = vec![0.0; g.map_channels * width];
    for (at, sample) in samples.enumerate() {
        let planes = &map[sample * g.map_channels * area..][..g.map_channels * area];
        for panel in Panels::of_runs(g.map_channels, 1).iter() {
            let place = panel.start * width + at * area * panel.len();
            let target = &mut gathered[place..place + area * panel.len()];
            transpose(&planes[panel.start * area..], panel.len(), area, target);
        }
    }
    gathered
}
