//! Layers that nothing trains on GPUs: the shaders with bias and activation in them, and weights packed once.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{FloatDType, Shape, Slice};
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};
use compute::forward::SAMPLES;
use compute::shader;
use compute::shaders::{DENSE, Dense};
use compute::{Activation, Operation};

use super::convolution::{self, Plan};
use super::launch;
use super::product::Product;
use crate::frozen::backend::{
    FrozenGradients, FrozenOps, Layer, LayerShape, Way, plain, plain_gradient, under,
};
use crate::registry;

impl FrozenOps for CubeBackend {
    fn frozen(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        layer: Layer,
    ) -> FloatTensor<Self> {
        let way = (Way::Forward, layer.activation);
        let made = match plan(&layer.shape, Way::Forward, &x) {
            Some(plan) => {
                let packed = ready(&layer, Way::Forward, &plan, weight.clone());
                let padded = plan.padded(x.clone(), None);
                Some(plan.run_packed(padded, packed, Some(bias.clone()), layer.activation))
            }
            None => dense(&layer, way, x.clone(), weight.clone(), bias.clone()),
        };
        made.unwrap_or_else(|| plain::<Self>(x, weight, bias, &layer))
    }
}

impl FrozenGradients for CubeBackend {
    fn frozen_gradient(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: &Layer,
    ) -> FloatTensor<Self> {
        if let Some(plan) = plan(&layer.shape, Way::Backward, &gradient) {
            let packed = ready(layer, Way::Backward, &plan, weight);
            let over = match layer.activation {
                Activation::Identity => None,
                activation => Some((output, activation)),
            };
            let padded = plan.padded(gradient, over);
            return plan.run_packed(padded, packed, None, Activation::Identity);
        }
        let [_, made] = layer.shape.channels(Way::Backward);
        let bias = layer.ready.zeros(|| zeros([made], &gradient));
        let sums = under::<Self>(layer.activation, output, gradient);
        let way = (Way::Backward, Activation::Identity);
        match dense(layer, way, sums.clone(), weight.clone(), bias) {
            Some(made) => made,
            None => plain_gradient::<Self>(sums, weight, layer),
        }
    }

    fn matrices(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        Self::product(left, right)
    }
}

/// How a convolution of `x` goes by a shader. None where Burn's operation was chosen, or has to do it.
fn plan(shape: &LayerShape, way: Way, x: &CubeTensor) -> Option<Plan> {
    match (shape, way) {
        (LayerShape::Strided(g), Way::Forward) | (LayerShape::Transposed(g), Way::Backward) => {
            Plan::strided(x, g)
        }
        (LayerShape::Strided(g), Way::Backward) | (LayerShape::Transposed(g), Way::Forward) => {
            Plan::transposed(x, g)
        }
        (LayerShape::Dense(_), _) => None,
    }
}

/// A convolution's weights as its plan reads them.
fn ready(layer: &Layer, way: Way, plan: &Plan, weight: CubeTensor) -> CubeTensor {
    let channels = plan.variant.channels;
    layer.ready.packed(way, channels, || plan.packed(weight))
}

fn zeros<const N: usize>(shape: [usize; N], beside: &CubeTensor) -> CubeTensor {
    CubeBackend::float_zeros(Shape::new(shape), &beside.device, FloatDType::F32)
}

/// The fully connected layer, for `way`. None where it is none, or another operation has to do it.
fn dense(
    layer: &Layer,
    (way, activation): (Way, Activation),
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
) -> Option<CubeTensor> {
    let LayerShape::Dense([batch, ..]) = layer.shape else {
        return None;
    };
    let [inputs, outputs] = layer.shape.channels(way);
    // The shader reads samples four at a time; a lone one it may read four times.
    let input_sample = match batch {
        1 => 0,
        _ if batch.is_multiple_of(SAMPLES) => inputs,
        _ => return None,
    };
    let wide = outputs.next_multiple_of(4);
    for count in [[inputs, wide], [batch, inputs], [batch, wide]] {
        convolution::product(count)?;
    }
    if !launch::runs_on(&x.client) {
        return None;
    }
    let emulated = registry::facts(&x.device).emulated;
    let guess = Operation::Dense.first_guess([1, 1], batch, outputs, emulated);
    let variant = convolution::variant(&x.device, Operation::Dense, guess)?;
    let packed = layer.ready.packed(way, 1, || match way {
        Way::Forward => packed(weight, [inputs, outputs]),
        Way::Backward => packed(CubeBackend::float_transpose(weight), [inputs, outputs]),
    });
    let read = [x, packed, bias].map(into_contiguous);
    let written = launch::empty(&read[0], [batch, outputs]);
    let [outputs_32, inputs_32] = [outputs, inputs].map(|count| count as u32);
    let parameters = Dense {
        samples: batch as u32,
        inputs: inputs_32,
        outputs: outputs_32,
        input_first: 0,
        input_sample: input_sample as u32,
        width: 1,
        area: 1,
        first: 0,
        sample: outputs_32,
        plane: 1,
        row: 1,
        activation: activation as u32,
    };
    let most = read[0].client.properties().hardware.max_cube_count.0;
    let blocks = variant.output_blocks([1, 1], outputs) as u32;
    let grid = shader::grid(blocks, variant.blocks_in_workgroup(), most);
    let depth = batch.div_ceil(SAMPLES) as u32;
    let shader = Operation::Dense.shader(variant);
    launch::queue_layers(&DENSE, shader, grid, depth, read, [&written], parameters);
    Some(written)
}

/// A matrix `[inputs, outputs]` as `shaders/dense.wgsl` reads it.
fn packed(weight: CubeTensor, [inputs, outputs]: [usize; 2]) -> CubeTensor {
    let wide = outputs.next_multiple_of(4);
    let inside = [0..inputs, 0..outputs].map(Slice::from);
    let filled = CubeBackend::float_slice_assign(zeros([inputs, wide], &weight), &inside, weight);
    let quads = CubeBackend::float_reshape(filled, Shape::new([inputs, wide / 4, 4]));
    into_contiguous(CubeBackend::float_swap_dims(quads, 0, 1))
}
