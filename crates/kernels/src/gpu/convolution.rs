//! The strided and the transposed convolution on GPUs: `shaders/conv2d.wgsl` and `shaders/conv_transpose2d.wgsl`.

use std::iter;

use burn::backend::CubeDevice;
use burn_wgpu::{CubeTensor, into_contiguous};

use super::{launch, padding};
use crate::geometry::Geometry;
use crate::problem::{ConvolutionOperation, ConvolutionProblem};
use crate::registry;
use compute::forward::{Activation, Layout, Operation, Variant, kernel_vec4s};
use compute::shader::{self, WORKGROUP};
use compute::shaders::{
    CONV2D, Convolution, PACK_CONV_TRANSPOSE2D, PACK_CONV2D, PackConv2d, PackConvTranspose2d,
};

/// WebGPU's limit for every dimension of a dispatch; samples lie along one.
const MOST_SAMPLES: usize = 65_535;

/// A launch of the shader, worked out before anything is computed.
pub(super) struct Plan {
    problem: ConvolutionProblem,
    operation: Operation,
    /// How the shader divides its work.
    pub(super) variant: Variant,
    batch: usize,
    channels_in: usize,
    /// Of the input.
    layout: Layout,
    /// Height and width of the smaller side of the operation, which blocks cover.
    covered: [usize; 2],
    result: [usize; 4],
    /// Samples that neighbouring invocations compute.
    pub(super) together: usize,
    /// Most workgroups in a row of the dispatch.
    pub(super) most: u32,
    /// Most multiply-adds of a dispatch.
    pub(super) at_once: f64,
}

impl Plan {
    /// The strided convolution of an image, on its device. `None` where Burn's operation was chosen, or has to do it.
    pub(super) fn strided(image: &CubeTensor, g: &Geometry) -> Option<Self> {
        if g.kernel != 3 && g.kernel != 5 {
            return None;
        }
        let layout = Layout::for_conv2d(g.image_channels, g.height, g.width);
        let operation = Operation::Conv2d { kernel: g.kernel };
        let covered = [g.map_height(), g.map_width()];
        let problem = ConvolutionProblem {
            operation: ConvolutionOperation::Conv2d,
            geometry: *g,
        };
        Self::new(image, problem, operation, layout, covered, g.map_shape())
    }

    /// The transposed convolution of a feature map, on its device. `None` where Burn's operation was chosen, or has to
    /// do it.
    pub(super) fn transposed(map: &CubeTensor, g: &Geometry) -> Option<Self> {
        if g.kernel != 3 && g.kernel != 5 {
            return None;
        }
        let [height, width] = [g.map_height(), g.map_width()];
        let layout = Layout::for_conv_transpose2d(g.map_channels, height, width);
        let operation = Operation::ConvTranspose2d { kernel: g.kernel };
        let result = [g.batch, g.image_channels, 2 * height, 2 * width];
        let problem = ConvolutionProblem {
            operation: ConvolutionOperation::ConvTranspose2d,
            geometry: *g,
        };
        Self::new(map, problem, operation, layout, [height, width], result)
    }

    fn new(
        input: &CubeTensor,
        problem: ConvolutionProblem,
        operation: Operation,
        layout: Layout,
        covered: [usize; 2],
        result: [usize; 4],
    ) -> Option<Self> {
        if !matches!(input.device, CubeDevice::Wgpu(_)) || !launch::runs_on(&input.client) {
            return None;
        }
        let guess = |emulated| guess(&problem, operation, emulated);
        let chosen = registry::variant(&input.device, &problem, guess);
        let variant = variant(&input.device, operation, chosen)?;
        let emulated = registry::facts(&input.device).emulated;
        let plan = Self {
            together: variant.together(covered, result[0], emulated),
            most: input.client.properties().hardware.max_cube_count.0,
            at_once: registry::SUBMITTED,
            problem,
            operation,
            variant,
            batch: result[0],
            channels_in: layout.channels,
            layout,
            covered,
            result,
        };
        plan.counts_in_32_bits().then_some(plan)
    }

    /// Whether every index that the shader forms fits in 32 bits.
    fn counts_in_32_bits(&self) -> bool {
        let weights = [
            self.channels_in,
            self.result[1].next_multiple_of(8),
            4 * kernel_vec4s(5),
        ];
        let counts = [
            product([self.batch, self.layout.sample]),
            product(weights),
            product(self.result),
        ];
        self.batch <= MOST_SAMPLES && counts.iter().all(Option::is_some)
    }

    /// Runs the operation. `input` and `weight` have the shapes that the plan was made for; `bias` is `[out]`.
    pub(super) fn run(
        &self,
        input: CubeTensor,
        weight: CubeTensor,
        bias: Option<CubeTensor>,
    ) -> CubeTensor {
        let (padded, packed) = (self.padded(input, None), self.packed(weight));
        self.run_packed(padded, packed, bias, Activation::Identity)
    }

    /// The same with what [`Self::padded`] and [`Self::packed`] made, and an activation.
    pub(super) fn run_packed(
        &self,
        padded: CubeTensor,
        packed: CubeTensor,
        bias: Option<CubeTensor>,
        activation: Activation,
    ) -> CubeTensor {
        let biased = u32::from(bias.is_some());
        let bias = bias.unwrap_or_else(|| packed.clone());
        let read = [padded, packed, bias].map(into_contiguous);
        let written = launch::empty(&read[0], self.result);
        let [_, outputs, height, width] = self.result;
        let sample = outputs * height * width;
        // All of them are factors of counts that fit in 32 bits.
        let parameters = Convolution {
            channels_in: self.channels_in as u32,
            channels_out: outputs as u32,
            height: self.covered[0] as u32,
            width: self.covered[1] as u32,
            first: 0,
            sample: sample as u32,
            plane: (height * width) as u32,
            row: width as u32,
            activation: activation as u32,
            biased,
            batch: 0,
            together: self.together as u32,
        };
        // Hardly more than the elements of the result, which fit in 32 bits.
        let output_blocks = self.variant.output_blocks(self.covered, outputs) * self.together;
        let grid = shader::grid(
            output_blocks as u32,
            self.variant.blocks_in_workgroup(),
            self.most,
        );
        let shader = self.operation.shader(self.variant);
        // Both shaders have the same bindings.
        let each = self.problem.multiply_adds() / self.batch as f64;
        for [first, samples] in self.parts(&written) {
            launch::make_room(&written, each * samples as f64);
            let [padded, packed, bias] = read.clone();
            let [padded, written] = [(&padded, self.layout.sample), (&written, sample)]
                .map(|(whole, sample)| launch::part(whole, first * sample, samples * sample));
            let read = [padded, packed, bias];
            let parameters = Convolution {
                batch: samples as u32,
                ..parameters
            };
            let (shader, layers) = (shader.clone(), samples.div_ceil(self.together) as u32);
            launch::queue_layers(&CONV2D, shader, grid, layers, read, [&written], parameters);
        }
        written
    }

    /// The samples of each dispatch, the first and how many: all of them, unless that would take a slow device too long.
    pub(super) fn parts(&self, on: &CubeTensor) -> Vec<[usize; 2]> {
        let each = self.problem.multiply_adds() / self.batch as f64;
        // A power of two: so many values of a sample, and of so many samples, begin where a buffer can be bound.
        let alignment = launch::alignment(on);
        let sample: usize = self.result[1..].iter().product();
        let steps = [self.layout.sample, sample].map(|values| {
            let power = 1 << values.trailing_zeros().min(alignment.trailing_zeros());
            alignment / power
        });
        launch::parts(self.batch, self.at_once / each, steps[0].max(steps[1]))
    }

    /// The input with zero padding, so that the shader's inner loop needs no bounds checks. An input that is the gradient
    /// of an activation's `output` becomes that of what is under it.
    pub(super) fn padded(
        &self,
        input: CubeTensor,
        output: Option<(CubeTensor, Activation)>,
    ) -> CubeTensor {
        let [before, ..] = self.layout.padding();
        let sides = [self.layout.plane / self.layout.row, self.layout.row];
        match output {
            Some(output) => padding::pad_gradient(input, output, before, sides),
            None => padding::pad(input, before, sides),
        }
    }

    /// The weights as the shader reads them: what `forward::pack` does, on the device.
    pub(super) fn packed(&self, weight: CubeTensor) -> CubeTensor {
        let weight = into_contiguous(weight);
        let channels = self.variant.channels as usize;
        let [inputs, outputs] = [self.channels_in, self.result[1]];
        let kernels = outputs.next_multiple_of(channels);
        let [inputs_32, outputs_32] = [inputs, outputs].map(|count| count as u32);
        let grid = |count: usize| shader::grid(count as u32, WORKGROUP, self.most);
        match self.operation {
            Operation::Conv2d { kernel } => {
                let row = if kernel == 5 { 5 } else { 4 };
                let count = kernels * inputs * kernel * row;
                let packed = launch::empty(&weight, [count]);
                let parameters = PackConv2d {
                    outputs: outputs_32,
                    inputs: inputs_32,
                    kernel: kernel as u32,
                    channels: channels as u32,
                };
                let (source, shader) = (&PACK_CONV2D, PACK_CONV2D.shader());
                launch::queue(source, shader, grid(count), [weight], [&packed], parameters);
                packed
            }
            _ => {
                let kernel = self.problem.geometry.kernel;
                let count = inputs * kernels * 4 * kernel_vec4s(kernel);
                let packed = launch::empty(&weight, [count]);
                let parameters = PackConvTranspose2d {
                    inputs: inputs_32,
                    outputs: outputs_32,
                    kernels: kernels as u32,
                    kernel: kernel as u32,
                };
                let (source, shader) = (&PACK_CONV_TRANSPOSE2D, PACK_CONV_TRANSPOSE2D.shader());
                launch::queue(source, shader, grid(count), [weight], [&packed], parameters);
                packed
            }
        }
    }
}

/// The index of the variant that is taken before anything was measured.
pub(super) fn guess(problem: &ConvolutionProblem, operation: Operation, emulated: bool) -> usize {
    let g = &problem.geometry;
    let outputs = match operation {
        Operation::ConvTranspose2d { .. } => g.image_channels,
        _ => g.map_channels,
    };
    operation.first_guess([g.map_height(), g.map_width()], g.batch, outputs, emulated)
}

/// The variant with this index, or where the device's compiler refuses it the next one that it takes. `None` where Burn's
/// operation was chosen, or is all that is left.
pub(super) fn variant(device: &CubeDevice, operation: Operation, chosen: usize) -> Option<Variant> {
    let variants = operation.variants();
    let subgroups = registry::facts(device).subgroups;
    let others = variants
        .iter()
        .filter(|variant| variant.is_offered(subgroups));
    let wanted = iter::once(variants.get(chosen)?).chain(others).copied();
    launch::first_that_compiles(device, wanted, |variant| operation.shader(variant))
}

/// The product, where it fits in 32 bits.
pub(super) fn product<const N: usize>(factors: [usize; N]) -> Option<u32> {
    let product = factors.into_iter().try_fold(1_usize, usize::checked_mul)?;
    u32::try_from(product).ok()
}
