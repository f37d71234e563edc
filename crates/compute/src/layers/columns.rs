//! Dense layers, and convolutions with other kernels: what a position reads, as a row of a product.

use pulp::{Arch, Simd, WithSimd};

use super::activated;
use super::maps::Maps;
use crate::Activation;
use crate::winograd::product::{Product, pack, panel_columns};
use crate::winograd::{lanes, load, store};
use crate::{scratch, share};

/// Rows of a product that are worth a core of their own.
const ROWS: usize = 64;

/// A layer's weights, ready for products.
#[derive(Debug)]
pub struct Columns {
    /// Side of the kernel; none of a dense layer.
    kernel: Option<usize>,
    outputs: usize,
    /// Values of a row.
    depth: usize,
    /// Channels that are made, filled up to panels.
    wide: usize,
    /// `[depth, wide]` in panels.
    weights: Vec<f32>,
    /// `[wide]`.
    bias: Vec<f32>,
}

impl Columns {
    /// A convolution with stride 2, padding of half the kernel; `weight` `[out, in, k, k]`.
    #[must_use]
    pub fn strided(
        [inputs, outputs]: [usize; 2],
        kernel: usize,
        weight: &[f32],
        bias: &[f32],
    ) -> Self {
        let pitch = inputs.next_multiple_of(lanes());
        let taps = kernel * kernel;
        let value = |row: usize, output: usize| match (row / pitch, row % pitch) {
            (tap, input) if input < inputs => weight[(output * inputs + input) * taps + tap],
            _ => 0.0,
        };
        let depth = taps * pitch;
        Self::new(Some(kernel), [depth, outputs], bias, value)
    }

    /// A dense layer; `weight` `[out, in]`.
    #[must_use]
    pub fn dense([inputs, outputs]: [usize; 2], weight: &[f32], bias: &[f32]) -> Self {
        let value = |row: usize, output: usize| match row < inputs {
            true => weight[output * inputs + row],
            false => 0.0,
        };
        let depth = inputs.next_multiple_of(lanes());
        Self::new(None, [depth, outputs], bias, value)
    }

    fn new(
        kernel: Option<usize>,
        [depth, outputs]: [usize; 2],
        bias: &[f32],
        value: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let mut bias = bias.to_vec();
        bias.resize(outputs.next_multiple_of(panel_columns()), 0.0);
        Self {
            kernel,
            outputs,
            depth,
            wide: bias.len(),
            weights: pack(depth, outputs, value),
            bias,
        }
    }

    /// What it makes of maps with its channels; a dense layer reads one position.
    #[must_use]
    pub fn run(&self, maps: &Maps, activation: Activation) -> Maps {
        let sides = match self.kernel {
            Some(_) => [maps.height, maps.width].map(|side| side.div_ceil(2)),
            None => [1, 1],
        };
        let mut made = Maps::zeros(maps.batch, sides, self.outputs);
        let (rows, pitch) = (made.batch * made.area(), made.pitch);
        let piece = ROWS * pitch;
        share::pieces(&mut made.values[..rows * pitch], piece, |index, made| {
            let rows = made.len() / pitch;
            let gathered = self.kernel.map_or(0, |_| rows * self.depth);
            scratch::with([gathered, rows * self.wide], |[gathered, sums]| {
                let rows = match self.kernel {
                    Some(kernel) => {
                        self.gather(kernel, maps, index * ROWS, gathered);
                        &*gathered
                    }
                    None => &maps.values[index * ROWS * self.depth..][..rows * self.depth],
                };
                Product {
                    rows,
                    depth: self.depth,
                    matrix: &self.weights,
                    target: sums,
                }
                .run();
                Arch::new().dispatch(End {
                    layer: self,
                    sums,
                    activation,
                    pitch,
                    made,
                });
            });
        });
        made.end(activation)
    }

    /// What the positions from `first` on read, counted through all samples.
    fn gather(&self, kernel: usize, maps: &Maps, first: usize, gathered: &mut [f32]) {
        let [height, width] = [maps.height, maps.width].map(|side| side.div_ceil(2));
        let rows = gathered.chunks_exact_mut(self.depth);
        for (position, row) in (first..).zip(rows) {
            let (sample, y, x) = (
                position / (height * width),
                position / width % height,
                position % width,
            );
            for (tap, target) in row.chunks_exact_mut(maps.pitch).enumerate() {
                let under = |at: usize, tap: usize| (2 * at + tap).checked_sub(kernel / 2);
                let place = maps.place(sample, under(y, tap / kernel), under(x, tap % kernel));
                target.copy_from_slice(&maps.values[place..][..maps.pitch]);
            }
        }
    }
}

/// What follows the product.
struct End<'a> {
    layer: &'a Columns,
    sums: &'a [f32],
    activation: Activation,
    pitch: usize,
    made: &'a mut [f32],
}

impl WithSimd for End<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Columns { wide, ref bias, .. } = *self.layer;
        let rows = self.sums.chunks_exact(wide);
        for (sums, made) in rows.zip(self.made.chunks_exact_mut(self.pitch)) {
            for channel in (0..self.pitch).step_by(S::F32_LANES) {
                let sum = simd.add_f32s(load::<S>(&sums[channel..]), load::<S>(&bias[channel..]));
                let value = activated(simd, self.activation, sum);
                store::<S>(&mut made[channel..], value);
            }
        }
    }
}
