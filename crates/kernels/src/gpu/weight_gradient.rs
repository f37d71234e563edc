//! `shaders/conv2d_weight.wgsl` on tensors of a wgpu device.

use burn_wgpu::{CubeTensor, into_contiguous};

use super::{launch, padding, split_k};
use crate::geometry::Geometry;
use crate::problem::{ConvolutionOperation, ConvolutionProblem};
use crate::registry;
use crate::shader::{self, Shader, WORKGROUP};

/// Positions that an invocation takes at a time: the values of a vec4.
const BLOCK: usize = 4;
/// Rows and columns of zeros that the shader wants before the image.
const BORDER: usize = 2;
/// Values that the sums of all parts may take together: 128 MiB, the most that WebGPU lets a shader bind by default.
const MOST_PARTS: usize = 32 << 20;

/// One way to compute the gradient; the results agree to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WeightVariant {
    /// Map channels of an invocation: 4 or 8.
    pub channels: usize,
    /// Invocations to share the work out among, if it takes that many.
    pub invocations: usize,
}

/// What can be chosen from.
pub(crate) const VARIANTS: [WeightVariant; 6] = [
    WeightVariant::new(4, 1 << 10),
    WeightVariant::new(8, 1 << 10),
    WeightVariant::new(4, 1 << 13),
    WeightVariant::new(8, 1 << 13),
    WeightVariant::new(4, 1 << 16),
    WeightVariant::new(8, 1 << 16),
];

impl WeightVariant {
    const fn new(channels: usize, invocations: usize) -> Self {
        Self {
            channels,
            invocations,
        }
    }

    fn shader(self, kernel: usize) -> Shader {
        let source = include_str!("../../../../shaders/conv2d_weight.wgsl");
        Shader::new("conv2d_weight", source)
            .with("KERNEL", kernel as u32)
            .with("CHANNELS", self.channels as u32)
    }
}

/// What the shaders need to know, found before anything is computed.
pub(super) struct Plan {
    g: Geometry,
    pub(super) variant: WeightVariant,
    /// Most workgroups in a row of the dispatch.
    pub(super) most: u32,
}

impl Plan {
    /// As [`Plan::new`], by the variant that was chosen for device and shapes, if it was one of ours.
    pub(super) fn chosen(image: &CubeTensor, g: &Geometry) -> Option<Self> {
        let problem = ConvolutionProblem {
            operation: ConvolutionOperation::WeightGradient,
            geometry: *g,
        };
        // Emulated GPUs have few invocations to keep busy.
        let guess = |emulated| if emulated { 0 } else { 4 };
        let variant = VARIANTS.get(registry::variant(&image.device, &problem, guess))?;
        Self::new(image, g, *variant)
    }

    /// For an image on its device. `None` where Burn's operation has to do it.
    pub(super) fn new(image: &CubeTensor, g: &Geometry, variant: WeightVariant) -> Option<Self> {
        let plan = Self {
            g: *g,
            variant,
            most: image.client.properties().hardware.max_cube_count.0,
        };
        let runs = launch::runs_on(&image.client) && [3, 5].contains(&g.kernel);
        (runs && plan.counts_in_32_bits()).then_some(plan)
    }

    /// vec4s of a row of the map.
    fn map_row(&self) -> usize {
        self.g.map_width().div_ceil(BLOCK)
    }

    /// Rows and columns of the image with its border.
    fn padded(&self) -> [usize; 2] {
        [
            2 * self.g.map_height() + 2 * BORDER - 1,
            BLOCK * (2 * self.map_row() + 1),
        ]
    }

    /// Every index that the shaders form.
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

    /// Rows of the map that an invocation takes, and into how many parts that divides them.
    fn parts(&self) -> [usize; 2] {
        let g = &self.g;
        let rows = g.batch * g.map_height();
        let each = g.map_channels.div_ceil(self.variant.channels) * g.image_channels;
        let weight = g.map_channels * g.image_channels * g.taps();
        let wanted = self.variant.invocations.div_ceil(each);
        let part = rows.div_ceil(wanted.min(MOST_PARTS / weight).max(1));
        [part, rows.div_ceil(part)]
    }

    /// The gradient, `[map channels, image channels, k, k]`.
    pub(super) fn run(&self, image: CubeTensor, map: CubeTensor) -> CubeTensor {
        let g = &self.g;
        let [part, parts] = self.parts();
        let [rows, columns] = self.padded();
        let image = padding::pad(image, BORDER, [rows, columns]);
        let wide = BLOCK * self.map_row();
        let map = match wide == g.map_width() {
            true => into_contiguous(map),
            false => padding::pad(map, 0, [g.map_height(), wide]),
        };
        let [channels, inputs, kernel, _] = g.weight_shape();
        let sums = launch::empty(&image, [parts * channels, inputs, kernel, kernel]);
        let sizes = [
            inputs,
            channels,
            g.map_height(),
            self.map_row(),
            columns / BLOCK,
            rows * columns / BLOCK,
            g.batch * g.map_height(),
            part,
            parts,
        ];
        let invocations = parts * channels.div_ceil(self.variant.channels) * inputs;
        let grid = shader::grid(invocations as u32, WORKGROUP, self.most);
        // All of them are factors of products that fit.
        let sizes = sizes.map(|size| size as u32);
        launch::queue(
            self.variant.shader(g.kernel),
            grid,
            [image, map],
            [&sums],
            &sizes,
        );
        match parts {
            1 => sums,
            _ => split_k::sum(sums, parts, g.weight_shape()),
        }
    }
}
