//! The weight gradient on GPUs: `shaders/conv2d_weight.wgsl` and `conv2d_weight_staged.wgsl`.

use std::iter;

use burn::backend::CubeDevice;
use burn_wgpu::{CubeTensor, into_contiguous};

use super::{launch, padding, split_k};
use crate::geometry::Geometry;
use crate::problem::{ConvolutionOperation, ConvolutionProblem};
use crate::registry;
use compute::Layout;
use compute::backward::{STAGED_SIDE, Tile, WEIGHT_VARIANTS, WeightVariant, first_guess};
use compute::shader::{self, WORKGROUP};
use compute::shaders::{CONV2D_WEIGHT, CONV2D_WEIGHT_STAGED, WeightGradient, WeightGradientStaged};

/// Positions that an invocation takes at a time: the values of a vec4.
const BLOCK: usize = 4;
/// Most values in the partial sums of all splits: 128 MiB, the most that WebGPU lets a shader bind by default.
const MOST_PARTIAL: usize = 32 << 20;

/// The variant with this index, or where the device's compiler refuses it the next one that it takes. `None` where Burn's
/// operation was chosen, or is all that is left.
pub(super) fn variant(device: &CubeDevice, kernel: usize, chosen: usize) -> Option<WeightVariant> {
    let others = WEIGHT_VARIANTS.iter();
    let others = others.filter(|variant| variant.is_offered(kernel));
    let wanted = iter::once(WEIGHT_VARIANTS.get(chosen)?).chain(others);
    launch::first_that_compiles(device, wanted.copied(), |variant| variant.shader(kernel))
}

/// Whether our shader computes it on the image's device.
fn runs(image: &CubeTensor, g: &Geometry) -> bool {
    launch::runs_on(&image.client) && [3, 5].contains(&g.kernel)
}

fn problem(g: &Geometry) -> ConvolutionProblem {
    ConvolutionProblem {
        operation: ConvolutionOperation::WeightGradient,
        geometry: *g,
    }
}

/// A launch of the shaders, worked out before anything is computed.
pub(super) struct Plan {
    g: Geometry,
    pub(super) variant: WeightVariant,
    /// Most workgroups in a row of the dispatch.
    pub(super) most: u32,
    /// Most multiply-adds of a dispatch.
    pub(super) at_once: f64,
}

impl Plan {
    /// With the variant that was chosen for device and shapes. `None` where Burn's operation was chosen, or has to do
    /// it.
    pub(super) fn chosen(image: &CubeTensor, g: &Geometry) -> Option<Self> {
        if !runs(image, g) {
            return None;
        }
        let chosen = registry::variant(&image.device, &problem(g), first_guess);
        Self::new(image, g, variant(&image.device, g.kernel, chosen)?)
    }

    /// For an image, on its device. `None` where our shader cannot do it.
    pub(super) fn new(image: &CubeTensor, g: &Geometry, variant: WeightVariant) -> Option<Self> {
        let plan = Self {
            g: *g,
            variant,
            most: image.client.properties().hardware.max_cube_count.0,
            at_once: registry::SUBMITTED,
        };
        (runs(image, g) && plan.counts_in_32_bits()).then_some(plan)
    }

    /// vec4s of a row of the feature map.
    fn map_row(&self) -> usize {
        self.g.map_width().div_ceil(BLOCK)
    }

    /// The image padded as the convolution reads it: two rows and columns of zeros before it, and after it as many as the
    /// shader needs.
    fn layout(&self) -> Layout {
        let g = &self.g;
        Layout::for_conv2d(g.image_channels, g.height, g.width)
    }

    /// Rows and columns of the padded image.
    fn padded(&self) -> [usize; 2] {
        let layout = self.layout();
        [layout.plane / layout.row, layout.row]
    }

    /// Whether every index that the shaders form fits in 32 bits.
    fn counts_in_32_bits(&self) -> bool {
        let g = &self.g;
        let [rows, columns] = self.padded();
        [
            [g.batch, g.image_channels, rows, columns],
            [
                g.batch,
                g.map_channels,
                g.map_height(),
                BLOCK * self.map_row(),
            ],
            [g.map_channels, g.image_channels, g.taps(), 1],
        ]
        .iter()
        .all(|sizes| {
            let count = sizes.iter().try_fold(1_usize, |all, n| all.checked_mul(*n));
            count.is_some_and(|count| u32::try_from(count).is_ok())
        })
    }

    fn tile(&self) -> Tile {
        Tile::of(self.g.batch, self.g.map_height(), self.map_row())
    }

    /// What is split: rows of the feature map over all samples, or tiles.
    fn units(&self) -> usize {
        let [batch, height] = [self.g.batch, self.g.map_height()];
        match self.variant.staged {
            true => self.tile().count(batch, height, self.map_row()),
            false => batch * height,
        }
    }

    /// Invocations for each split: one for each block of map channels and channel of the image, or whole workgroups.
    fn invocations_of_split(&self) -> usize {
        let (channels, g) = (self.variant.channels, &self.g);
        match self.variant.staged {
            true => {
                let maps = g.map_channels.div_ceil(STAGED_SIDE * channels);
                g.image_channels.div_ceil(STAGED_SIDE) * maps * WORKGROUP as usize
            }
            false => g.map_channels.div_ceil(channels) * g.image_channels,
        }
    }

    /// Units that a split takes, and how many splits there are.
    fn splits(&self) -> [usize; 2] {
        let weight = self.g.weight_shape().iter().product::<usize>();
        let wanted = self
            .variant
            .invocations
            .div_ceil(self.invocations_of_split());
        let each = self
            .units()
            .div_ceil(wanted.min(MOST_PARTIAL / weight).max(1));
        [each, self.units().div_ceil(each)]
    }

    /// Of all splits.
    fn invocations(&self) -> usize {
        let [_, splits] = self.splits();
        splits * self.invocations_of_split()
    }

    /// Those of each dispatch, the first and how many: all of them, unless that would take a slow device too long.
    pub(super) fn parts(&self) -> Vec<[usize; 2]> {
        let each = problem(&self.g).multiply_adds() / self.invocations() as f64;
        launch::parts(self.invocations(), self.at_once / each, WORKGROUP as usize)
    }

    /// The gradient, `[map channels, image channels, k, k]`, from `image` and the gradient `map` of the feature map.
    pub(super) fn run(&self, image: CubeTensor, map: CubeTensor) -> CubeTensor {
        let [before, ..] = self.layout().padding();
        self.run_padded(padding::pad(image, before, self.padded()), map)
    }

    /// The same from an image that is padded already.
    pub(super) fn run_padded(&self, image: CubeTensor, map: CubeTensor) -> CubeTensor {
        let g = &self.g;
        let [_, splits] = self.splits();
        let wide = BLOCK * self.map_row();
        let map = match wide == g.map_width() {
            true => into_contiguous(map),
            false => padding::pad(map, 0, [g.map_height(), wide]),
        };
        let [channels, inputs, kernel, _] = g.weight_shape();
        let sums = launch::empty(&image, [splits * channels, inputs, kernel, kernel]);
        let each = problem(g).multiply_adds() / self.invocations() as f64;
        for [first, count] in self.parts() {
            launch::make_room(&image, each * count as f64);
            let grid = shader::grid(count as u32, WORKGROUP, self.most);
            let (shader, read) = (self.variant.shader(g.kernel), [image.clone(), map.clone()]);
            match self.variant.staged {
                true => {
                    let parameters = self.staged(first);
                    launch::queue(
                        &CONV2D_WEIGHT_STAGED,
                        shader,
                        grid,
                        read,
                        [&sums],
                        parameters,
                    );
                }
                false => {
                    let parameters = self.direct(first);
                    launch::queue(&CONV2D_WEIGHT, shader, grid, read, [&sums], parameters);
                }
            }
        }
        match splits {
            1 => sums,
            _ => split_k::sum(sums, splits, g.weight_shape()),
        }
    }

    /// From invocation `first` on. All numbers are factors of counts that fit in 32 bits.
    fn direct(&self, first: usize) -> WeightGradient {
        let g = &self.g;
        let ([split_rows, splits], [rows, columns]) = (self.splits(), self.padded());
        WeightGradient {
            image_channels: g.image_channels as u32,
            map_channels: g.map_channels as u32,
            height: g.map_height() as u32,
            map_row: self.map_row() as u32,
            image_row: (columns / BLOCK) as u32,
            image_plane: (rows * columns / BLOCK) as u32,
            rows: self.units() as u32,
            split_rows: split_rows as u32,
            splits: splits as u32,
            first: first as u32,
        }
    }

    /// The same, where workgroups share what they read.
    fn staged(&self, first: usize) -> WeightGradientStaged {
        let (g, tile) = (&self.g, self.tile());
        let ([split_tiles, splits], [rows, columns]) = (self.splits(), self.padded());
        WeightGradientStaged {
            batch: g.batch as u32,
            image_channels: g.image_channels as u32,
            map_channels: g.map_channels as u32,
            height: g.map_height() as u32,
            map_row: self.map_row() as u32,
            image_row: (columns / BLOCK) as u32,
            image_height: rows as u32,
            tile_samples: tile.samples as u32,
            tile_rows: tile.rows as u32,
            tile_row: tile.row as u32,
            tiles: self.units() as u32,
            split_tiles: split_tiles as u32,
            splits: splits as u32,
            first: first as u32 / WORKGROUP,
        }
    }
}
