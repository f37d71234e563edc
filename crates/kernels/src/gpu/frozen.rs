//! Layers that nothing trains on GPUs: the shaders with bias and activation in them, and weights packed once.

use burn::backend::ops::FloatTensorOps;
use burn::backend::tensor::FloatTensor;
use burn::tensor::{FloatDType, Shape, Slice};
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};
use compute::forward::SAMPLES;
use compute::shader;
use compute::shaders::{DENSE, Dense};
use compute::{Activation, Operation};

use super::{convolution, launch};
use crate::frozen::backend::{
    FrozenGradients, FrozenOps, Layer, LayerShape, Way, plain, plain_gradient,
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
        match run(&layer, way, x.clone(), weight.clone(), Some(bias.clone())) {
            Some(made) => made,
            None => plain::<Self>(x, weight, bias, &layer),
        }
    }
}

impl FrozenGradients for CubeBackend {
    fn input_gradient(
        sums: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        layer: &Layer,
    ) -> FloatTensor<Self> {
        let way = (Way::Backward, Activation::Identity);
        match run(layer, way, sums.clone(), weight.clone(), None) {
            Some(made) => made,
            None => plain_gradient::<Self>(sums, weight, layer),
        }
    }
}

/// `x` through the layer's shader, for `way`. None where Burn's operation was chosen, or has to do it.
fn run(
    layer: &Layer,
    (way, activation): (Way, Activation),
    x: CubeTensor,
    weight: CubeTensor,
    bias: Option<CubeTensor>,
) -> Option<CubeTensor> {
    let [_, made] = layer.shape.channels(way);
    let zeros = || CubeBackend::float_zeros(Shape::new([made]), &x.device, FloatDType::F32);
    let bias = bias.unwrap_or_else(|| layer.ready.zeros(zeros));
    let plan = match (layer.shape, way) {
        (LayerShape::Strided(g), Way::Forward) | (LayerShape::Transposed(g), Way::Backward) => {
            convolution::Plan::strided(&x, &g)?
        }
        (LayerShape::Strided(g), Way::Backward) | (LayerShape::Transposed(g), Way::Forward) => {
            convolution::Plan::transposed(&x, &g)?
        }
        (LayerShape::Dense(_), _) => return dense(layer, (way, activation), x, weight, bias),
    };
    let channels = plan.variant.channels;
    let packed = layer.ready.packed(way, channels, || plan.packed(weight));
    Some(plan.run_packed(x, packed, bias, activation))
}

/// The fully connected layer, for `way`.
fn dense(
    layer: &Layer,
    (way, activation): (Way, Activation),
    x: CubeTensor,
    weight: CubeTensor,
    bias: CubeTensor,
) -> Option<CubeTensor> {
    let [inputs, outputs] = layer.shape.channels(way);
    let batch = x.meta.shape()[0];
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
    let shape = Shape::new([inputs, wide]);
    let zeros = CubeBackend::float_zeros(shape, &weight.device, FloatDType::F32);
    let inside = [0..inputs, 0..outputs].map(Slice::from);
    let filled = CubeBackend::float_slice_assign(zeros, &inside, weight);
    let quads = CubeBackend::float_reshape(filled, Shape::new([inputs, wide / 4, 4]));
    into_contiguous(CubeBackend::float_swap_dims(quads, 0, 1))
}
