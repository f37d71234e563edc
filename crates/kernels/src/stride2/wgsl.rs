//! `shaders/conv_transpose2d.wgsl` on tensors of a wgpu device.

use burn::backend::CubeDevice;
use burn::backend::ops::FloatTensorOps;
use burn::tensor::{DType, Shape, ops::PadMode};
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};
use cubecl::client::Client;

use super::geometry::Geometry;
use crate::shader::{self, Shader};

struct Doubling;

impl Shader for Doubling {
    const ENTRY: &'static str = "conv_transpose2d";
    const SOURCE: &'static str = include_str!("../../../../shaders/conv_transpose2d.wgsl");
    const WORKGROUP: u32 = 64;
}

/// Side of the block of input positions that one invocation computes.
const BLOCK: usize = 4;
const KERNEL: usize = 5;

/// What the shader needs to know, found before anything is computed.
pub(super) struct Plan {
    client: Client,
    batch: usize,
    channels_in: usize,
    channels_out: usize,
    height: usize,
    width: usize,
    /// Most workgroups in a row of the dispatch.
    pub(super) most: u32,
}

impl Plan {
    /// For a map on its device. `None` where Burn's operation has to do it.
    pub(super) fn new(map: &CubeTensor, g: &Geometry) -> Option<Self> {
        let runs = matches!(map.device, CubeDevice::Wgpu(_)) && shader::runs_on(&map.client);
        if !runs || g.kernel != KERNEL {
            return None;
        }
        let plan = Self {
            most: map.client.properties().hardware.max_cube_count.0,
            client: map.client.clone(),
            batch: g.batch,
            channels_in: g.map_channels,
            channels_out: g.image_channels,
            height: g.map_height(),
            width: g.map_width(),
        };
        plan.counts_in_32_bits().then_some(plan)
    }

    /// Input positions along an axis, rounded up to whole blocks.
    fn blocks(&self) -> [usize; 2] {
        [self.height.div_ceil(BLOCK), self.width.div_ceil(BLOCK)]
    }

    /// At most the elements of the result, which [`Plan::new`] has counted.
    fn invocations(&self) -> u32 {
        let [rows, columns] = self.blocks();
        (self.batch * self.channels_out * rows * columns) as u32
    }

    /// Every index that the shader forms. Empty tensors are left to Burn as well.
    fn counts_in_32_bits(&self) -> bool {
        let [rows, columns] = self.blocks();
        let padded = [BLOCK * rows + 2, BLOCK * (columns + 1)];
        let elements = [
            product([self.batch, self.channels_in, padded[0], padded[1]]),
            product([self.channels_in, self.channels_out, KERNEL, KERNEL]),
            product([
                self.batch,
                self.channels_out,
                2 * self.height,
                2 * self.width,
            ]),
        ];
        elements
            .iter()
            .all(|&count| count.is_some_and(|count| count > 0))
    }

    /// The operation. `map` and `weight` are those that the plan was made for; `bias` is `[out]`.
    pub(super) fn run(&self, map: CubeTensor, weight: CubeTensor, bias: CubeTensor) -> CubeTensor {
        let read = [self.bordered(map), weight, bias].map(into_contiguous);
        self.launch(self.invocations(), read)
    }

    /// Zeros around the map, so that the shader's inner loop does not ask where it ends: one row and column before it,
    /// and after it what makes whole blocks and a column count that vec4s divide.
    fn bordered(&self, map: CubeTensor) -> CubeTensor {
        let [rows, columns] = self.blocks();
        let below = BLOCK * rows + 1 - self.height;
        let right = BLOCK * (columns + 1) - 1 - self.width;
        let zeros = PadMode::Constant(0.0);
        CubeBackend::float_pad(map, &[(0, 0), (0, 0), (1, below), (1, right)], zeros)
    }

    fn launch(&self, invocations: u32, read: [CubeTensor; 3]) -> CubeTensor {
        let shape = [
            self.batch,
            self.channels_out,
            2 * self.height,
            2 * self.width,
        ];
        let bytes = shape.iter().product::<usize>() * size_of::<f32>();
        let written = CubeTensor::new_contiguous(
            self.client.clone(),
            read[0].device.clone(),
            Shape::new(shape),
            self.client.empty(bytes),
            DType::F32,
        );
        let sizes = [
            self.batch,
            self.channels_in,
            self.channels_out,
            self.height,
            self.width,
        ];
        // All of them are factors of products that fit.
        let sizes = sizes.map(|size| size as u32);
        let grid = shader::grid(invocations, Doubling::WORKGROUP, self.most);
        shader::launch::<Doubling>(grid, read, &written, &sizes);
        written
    }
}

fn product(factors: [usize; 4]) -> Option<u32> {
    let product = factors.into_iter().try_fold(1_usize, usize::checked_mul)?;
    u32::try_from(product).ok()
}
