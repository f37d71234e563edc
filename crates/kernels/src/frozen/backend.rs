//! Which of Burn's backends computes what, without autodiff.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Flex, backend_extension};
use burn::tensor::Shape;
use burn_wgpu::CubeTensor;
use compute::layers::{CACHED, Columns, Maps, Winograd};
use compute::winograd::{TAPS, TILE, lanes};
use compute::{Activation, LEAKY_SLOPE};

use crate::activation::backend::{ActivationGradients, ActivationOps};
use crate::dense::{Dense, tensor};
use crate::geometry::Geometry;
use crate::stride2::backend::{Stride2, Stride2Gradients};

/// What a call is to the layer.
#[derive(Debug, Clone, Copy)]
pub(crate) enum LayerShape {
    /// Of an image with even sides to a map.
    Strided(Geometry),
    /// Of a map to an image.
    Transposed(Geometry),
    /// Batch, values that are read, and values that are made.
    Dense([usize; 3]),
}

/// A layer, but for its numbers.
#[derive(Debug, Clone)]
pub(crate) struct Layer {
    pub shape: LayerShape,
    pub activation: Activation,
    pub ready: Ready,
}

/// There and back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// From input to output.
    Forward,
    /// From the output's gradient to the input's.
    Backward,
}

/// Weights as devices want them.
#[derive(Clone, Default)]
pub(crate) struct Ready(Arc<Made>);

#[derive(Default)]
struct Made {
    /// On the CPU.
    kernels: [OnceLock<Kernel>; 2],
    /// On a GPU, by way and by the channels that an invocation computes.
    packed: Mutex<HashMap<(Way, u32), CubeTensor>>,
    /// Zeros for the bias that a gradient has not.
    zeros: OnceLock<CubeTensor>,
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ready").finish_non_exhaustive()
    }
}

/// A layer's weights for the CPU.
enum Kernel {
    Winograd(Winograd),
    Columns(Columns),
}

impl Ready {
    fn kernel(&self, way: Way, make: impl FnOnce() -> Kernel) -> &Kernel {
        self.0.kernels[way as usize].get_or_init(make)
    }

    /// What was packed for this way and so many channels, or what `pack` makes.
    pub fn packed(&self, way: Way, channels: u32, pack: impl FnOnce() -> CubeTensor) -> CubeTensor {
        let packed = self.0.packed.lock();
        let mut packed = packed.unwrap_or_else(PoisonError::into_inner);
        packed.entry((way, channels)).or_insert_with(pack).clone()
    }

    /// Zeros, which `make` makes once.
    pub fn zeros(&self, make: impl FnOnce() -> CubeTensor) -> CubeTensor {
        self.0.zeros.get_or_init(make).clone()
    }
}

impl Layer {
    pub fn new(shape: LayerShape, activation: Activation, ready: &Ready) -> Self {
        Self {
            shape,
            activation,
            ready: ready.clone(),
        }
    }
}

/// Layers as networks call them. Tensors are f32 and have the layer's shapes.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait FrozenOps: Stride2 + ActivationOps {
    /// Input, weight and bias to output.
    fn frozen(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        layer: Layer,
    ) -> FloatTensor<Self>;
}

/// Their backward passes.
pub(crate) trait FrozenGradients:
    FrozenOps + Stride2Gradients + ActivationGradients
{
    /// The gradient of the output, and the output, to the gradient of the input.
    fn frozen_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: &Layer,
    ) -> FloatTensor<Self>;

    /// A product of matrices, as training takes it. This default is Burn's.
    fn matrices(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::float_matmul(left, right)
    }
}

/// The gradient of the output to that of the sums under the activation.
pub(crate) fn under<B: FrozenGradients>(
    activation: Activation,
    output: FloatTensor<B>,
    gradient: FloatTensor<B>,
) -> FloatTensor<B> {
    match activation {
        Activation::Identity => gradient,
        Activation::Leaky => B::leaky_gradient(output, gradient, LEAKY_SLOPE),
        Activation::Tanh => B::tangent_gradient(output, gradient),
    }
}

/// The layer by the operations that training takes.
pub(crate) fn plain<B: FrozenGradients>(
    x: FloatTensor<B>,
    weight: FloatTensor<B>,
    bias: FloatTensor<B>,
    layer: &Layer,
) -> FloatTensor<B> {
    let sums = match layer.shape {
        LayerShape::Strided(g) => B::stride2_conv2d(x, weight, bias, g),
        LayerShape::Transposed(g) => B::stride2_conv_transpose2d(x, weight, bias, g),
        LayerShape::Dense([batch, _, outputs]) => {
            let row = B::float_reshape(bias, Shape::new([1, outputs]));
            let rows = B::float_expand(row, Shape::new([batch, outputs]));
            B::float_add(B::matrices(x, weight), rows)
        }
    };
    match layer.activation {
        Activation::Identity => sums,
        Activation::Leaky => B::leaky_slope(sums, LEAKY_SLOPE),
        Activation::Tanh => B::tangent(sums),
    }
}

/// The gradient of the sums to that of the input, by the operations that training takes.
pub(crate) fn plain_gradient<B: FrozenGradients>(
    sums: FloatTensor<B>,
    weight: FloatTensor<B>,
    layer: &Layer,
) -> FloatTensor<B> {
    match layer.shape {
        LayerShape::Strided(g) => B::image_gradient(sums, weight, g),
        LayerShape::Transposed(g) => B::map_gradient(sums, weight, g),
        LayerShape::Dense(_) => B::matrices(sums, B::float_transpose(weight)),
    }
}

impl Kernel {
    /// Of weight and bias as Burn has them, for `way`.
    fn new(shape: &LayerShape, way: Way, weight: &[f32], bias: &[f32]) -> Self {
        let [read, made] = shape.channels(way);
        match (shape, way) {
            (LayerShape::Strided(_), Way::Forward) | (LayerShape::Transposed(_), Way::Backward) => {
                Self::Winograd(Winograd::strided([read, made], weight, bias))
            }
            (LayerShape::Strided(_), Way::Backward) | (LayerShape::Transposed(_), Way::Forward) => {
                Self::Winograd(Winograd::transposed([read, made], weight, bias))
            }
            (LayerShape::Dense(_), Way::Forward) => {
                let output = |output: usize| weight.iter().skip(output).step_by(made);
                let turned: Vec<f32> = (0..made).flat_map(output).copied().collect();
                Self::Columns(Columns::dense([read, made], &turned, bias))
            }
            (LayerShape::Dense(_), Way::Backward) => {
                Self::Columns(Columns::dense([read, made], weight, bias))
            }
        }
    }

    /// Samples one after the other to samples.
    fn run(
        &self,
        values: &[f32],
        channels: usize,
        side: usize,
        activation: Activation,
    ) -> Vec<f32> {
        let maps = Maps::from_planes(values, channels, side);
        let made = match self {
            Self::Winograd(kernel) => kernel.run(&maps, activation),
            Self::Columns(kernel) => kernel.run(&maps, activation),
        };
        made.planes()
    }
}

impl LayerShape {
    /// Channels that are read, and made.
    pub fn channels(&self, way: Way) -> [usize; 2] {
        let [read, made] = match *self {
            Self::Strided(g) => [g.image_channels, g.map_channels],
            Self::Transposed(g) => [g.map_channels, g.image_channels],
            Self::Dense([_, inputs, outputs]) => [inputs, outputs],
        };
        match way {
            Way::Forward => [read, made],
            Way::Backward => [made, read],
        }
    }

    /// Shapes of what is read, and made.
    fn shapes(&self, way: Way) -> [Vec<usize>; 2] {
        let [read, made] = match *self {
            Self::Strided(g) => [g.image_shape().to_vec(), g.map_shape().to_vec()],
            Self::Transposed(g) => [g.map_shape().to_vec(), g.image_shape().to_vec()],
            Self::Dense([batch, inputs, outputs]) => [vec![batch, inputs], vec![batch, outputs]],
        };
        match way {
            Way::Forward => [read, made],
            Way::Backward => [made, read],
        }
    }

    /// Whether the layer's kernel for the CPU is the faster way.
    fn by_kernel(&self, way: Way) -> bool {
        let (Self::Strided(g) | Self::Transposed(g)) = self else {
            return true;
        };
        if g.height != g.width || g.kernel != TAPS {
            return false;
        }
        let [read, made] = self.channels(way);
        // Filled up to whole vectors, few channels would be many.
        let narrow = 2 * read.min(made) < lanes();
        // A piece of the batch at a time goes over all weights: those that no cache holds are read again and again.
        let weights = TILE * read * made;
        let pieces = g.batch * g.map_area() / 4 * TILE * (read + made) / CACHED;
        !narrow && (weights < CACHED || pieces < PIECES)
    }
}

/// Pieces from which on it is worth bringing weights into the form for products each time, and reading them once.
const PIECES: usize = 3;

/// `x` through the layer's kernel, for `way`.
fn by_kernel(
    layer: &Layer,
    (way, activation): (Way, Activation),
    x: FlexTensor,
    weight: FlexTensor,
    bias: Option<FlexTensor>,
) -> FlexTensor {
    let [read, made] = layer.shape.shapes(way);
    let kernel = layer.ready.kernel(way, || {
        let (weight, bias) = (Dense::new(weight), bias.map(Dense::new));
        let zeros = vec![0.0; made[1]];
        let bias = bias.as_ref().map_or(&zeros[..], Dense::values);
        Kernel::new(&layer.shape, way, weight.values(), bias)
    });
    let side = read.get(2).copied().unwrap_or(1);
    let values = kernel.run(Dense::new(x).values(), read[1], side, activation);
    tensor(values, made)
}

impl FrozenOps for Flex {
    fn frozen(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        layer: Layer,
    ) -> FloatTensor<Self> {
        if !layer.shape.by_kernel(Way::Forward) {
            return plain::<Self>(x, weight, bias, &layer);
        }
        match layer.activation {
            // In vectors, which a kernel's own is not.
            Activation::Tanh => {
                let way = (Way::Forward, Activation::Identity);
                Self::tangent(by_kernel(&layer, way, x, weight, Some(bias)))
            }
            activation => by_kernel(&layer, (Way::Forward, activation), x, weight, Some(bias)),
        }
    }
}

impl FrozenGradients for Flex {
    fn frozen_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: &Layer,
    ) -> FloatTensor<Self> {
        let sums = under::<Self>(layer.activation, output, gradient);
        match layer.shape.by_kernel(Way::Backward) {
            true => by_kernel(
                layer,
                (Way::Backward, Activation::Identity),
                sums,
                weight,
                None,
            ),
            false => plain_gradient::<Self>(sums, weight, layer),
        }
    }
}
