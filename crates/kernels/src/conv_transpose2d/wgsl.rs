//! `shaders/conv_transpose2d.wgsl` on tensors of a wgpu device.

use burn::tensor::{DType, Shape, Tensor, ops::PadMode};
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};
use cubecl::client::Client;

use crate::shader::{self, Shader};

struct Doubling;

impl Shader for Doubling {
    const ENTRY: &'static str = "conv_transpose2d";
    const SOURCE: &'static str = include_str!("../../../../shaders/conv_transpose2d.wgsl");
    const WORKGROUP: u32 = 64;
}

/// Side of the block of input positions that one invocation computes.
const BLOCK: usize = 4;
const KERNEL: [usize; 2] = [5, 5];

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
    /// `None` where Burn's operation has to do it.
    pub(super) fn new(x: &Tensor<4>, weight: &Tensor<4>, bias: Option<&Tensor<1>>) -> Option<Self> {
        let [batch, channels_in, height, width] = x.dims();
        let [kernels_in, channels_out, kernel_height, kernel_width] = weight.dims();
        let device = x.device();
        let fits = kernels_in == channels_in
            && [kernel_height, kernel_width] == KERNEL
            && bias.is_none_or(|bias| bias.dims() == [channels_out])
            && bias.is_none_or(|bias| bias.device() == device && bias.dtype() == DType::F32)
            && weight.device() == device
            && [x.dtype(), weight.dtype()] == [DType::F32; 2]
            && !device.is_autodiff()
            && !weight.is_autodiff()
            && bias.is_none_or(|bias| !bias.is_autodiff());
        if !fits {
            return None;
        }
        let client = client(x)?;
        let plan = Self {
            most: client.properties().hardware.max_cube_count.0,
            client,
            batch,
            channels_in,
            channels_out,
            height,
            width,
        };
        plan.counts_in_32_bits().then_some(plan)
    }

    /// Input positions along an axis, rounded up to whole blocks.
    fn blocks(&self) -> [usize; 2] {
        [self.height.div_ceil(BLOCK), self.width.div_ceil(BLOCK)]
    }

    fn invocations(&self) -> Option<u32> {
        let [rows, columns] = self.blocks();
        product([self.batch, self.channels_out, rows, columns])
    }

    /// Every index that the shader forms. Empty tensors are left to Burn as well.
    fn counts_in_32_bits(&self) -> bool {
        let [rows, columns] = self.blocks();
        let padded = [BLOCK * rows + 2, BLOCK * (columns + 1)];
        let elements = [
            product([self.batch, self.channels_in, padded[0], padded[1]]),
            product([self.channels_in, self.channels_out, KERNEL[0], KERNEL[1]]),
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

    /// The operation. `x`, `weight` and `bias` are those that the plan was made for.
    pub(super) fn run(self, x: Tensor<4>, weight: Tensor<4>, bias: Option<Tensor<1>>) -> Tensor<4> {
        let bias = bias.unwrap_or_else(|| Tensor::zeros([self.channels_out], &x.device()));
        let parts = self.invocations().and_then(|invocations| {
            let read = [
                buffer(self.bordered(x.clone()))?,
                buffer(weight.clone())?,
                buffer(bias.clone())?,
            ];
            Some((invocations, read))
        });
        match parts {
            Some((invocations, read)) => self.launch(invocations, read),
            // Not reached: `new` has seen that the tensors are wgpu's.
            None => super::burns(x, weight, Some(bias)),
        }
    }

    /// Zeros around the image, so that the shader's inner loop does not ask where the image ends: one row and column
    /// before it, and after it what makes whole blocks and a column count that vec4s divide.
    fn bordered(&self, x: Tensor<4>) -> Tensor<4> {
        let [rows, columns] = self.blocks();
        let below = BLOCK * rows + 1 - self.height;
        let right = BLOCK * (columns + 1) - 1 - self.width;
        x.pad([(1, below), (1, right)], PadMode::Constant(0.0))
    }

    fn launch(&self, invocations: u32, read: [CubeTensor; 3]) -> Tensor<4> {
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
        Tensor::from_primitive::<CubeBackend>(written)
    }
}

fn product(factors: [usize; 4]) -> Option<u32> {
    let product = factors.into_iter().try_fold(1_usize, usize::checked_mul)?;
    u32::try_from(product).ok()
}

/// The device's queue, if it takes our shaders.
fn client(x: &Tensor<4>) -> Option<Client> {
    use burn::backend::{CubeDevice, DispatchDevice};
    let device = x.device();
    match device.as_dispatch() {
        DispatchDevice::Cube(cube @ CubeDevice::Wgpu(_)) => {
            Some(cube.client()).filter(shader::runs_on)
        }
        _ => None,
    }
}

fn buffer<const D: usize>(tensor: Tensor<D>) -> Option<CubeTensor> {
    let tensor = tensor.try_into_primitive::<CubeBackend>().ok()?;
    Some(into_contiguous(tensor))
}
