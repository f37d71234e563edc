//! Which of Burn's backends computes what, without autodiff.

use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, Flex, TensorMetadata, backend_extension};
use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{FloatDType, Shape};

use super::cpu;
use crate::dense::{Dense, tensor};
use crate::geometry::Geometry;

/// The operations as the networks call them. Tensors are f32 and have the geometry's shapes. The defaults are Burn's.
#[backend_extension(Flex, Cube, Autodiff)]
pub(crate) trait Stride2: Backend {
    /// Image, weight and bias to the feature map.
    fn stride2_conv2d(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv2d(image, weight, Some(bias), conv_options(&g))
    }

    /// Feature map, weight and bias to the image, whose sides are even.
    fn stride2_conv_transpose2d(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv_transpose2d(map, weight, Some(bias), transpose_options(&g))
    }

    /// Either operation's gradient for the weight. One of image and feature map is the input, the other the gradient of
    /// the result. Not differentiable again.
    fn stride2_weight_gradient(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        weight_backward::<Self>(image, map, g)
    }
}

/// What backward passes need beside the operations themselves.
pub(crate) trait Stride2Gradients: Stride2 {
    /// The convolution's gradient for its image, from that of its feature map.
    fn image_gradient(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self>;

    /// The transposed convolution's gradient for its feature map, from that of its image.
    fn map_gradient(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv2d_of_ready(Self::ready(image, &g), weight, None, g)
    }

    /// An image as convolution and weight gradient read it: made ready once for both.
    fn ready(image: FloatTensor<Self>, _: &Geometry) -> FloatTensor<Self> {
        image
    }

    /// The convolution of an image that is [`Stride2Gradients::ready`], without a bias where there is none.
    fn conv2d_of_ready(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        g: Geometry,
    ) -> FloatTensor<Self>;

    /// The gradient for the weight, with an image that is [`Stride2Gradients::ready`].
    fn weight_gradient_of_ready(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self>;

    /// The gradient for the bias: the sum, over samples and positions, of the gradient of what it was added to.
    fn bias_gradient(result: FloatTensor<Self>) -> FloatTensor<Self>;
}

pub(crate) fn weight_backward<B: Backend>(
    image: FloatTensor<B>,
    map: FloatTensor<B>,
    g: Geometry,
) -> FloatTensor<B> {
    // Burn reads only its shape.
    let shape = Shape::new(g.weight_shape());
    let weight = B::float_empty(shape, &image.device(), FloatDType::F32);
    B::conv2d_weight_backward(image, weight, map, conv_options(&g))
}

pub(crate) fn sum_of_channels<B: Backend>(values: FloatTensor<B>) -> FloatTensor<B> {
    let channels = values.shape()[1];
    let sum = [0, 2, 3].into_iter().fold(values, B::float_sum_dim);
    B::float_reshape(sum, Shape::new([channels]))
}

pub(crate) fn conv_options(g: &Geometry) -> ConvOptions<2> {
    ConvOptions::new([2, 2], [g.padding(); 2], [1, 1], 1)
}

pub(crate) fn transpose_options(g: &Geometry) -> ConvTransposeOptions<2> {
    ConvTransposeOptions::new([2, 2], [g.padding(); 2], [1, 1], [1, 1], 1)
}

impl Stride2 for Flex {
    fn stride2_conv2d(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        Self::conv2d_of_ready(image, weight, Some(bias), g)
    }

    fn stride2_conv_transpose2d(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let [map, weight, bias] = [map, weight, bias].map(Dense::new);
        let bias = Some(bias.values());
        let image = cpu::conv_transpose2d(&g, map.values(), weight.values(), bias);
        tensor(image, g.image_shape())
    }

    fn stride2_weight_gradient(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let [image, map] = [image, map].map(Dense::new);
        let gradient = cpu::weight_gradient(&g, image.values(), map.values());
        tensor(gradient, g.weight_shape())
    }
}

impl Stride2Gradients for Flex {
    fn image_gradient(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let [map, weight] = [map, weight].map(Dense::new);
        let image = cpu::conv_transpose2d(&g, map.values(), weight.values(), None);
        tensor(image, g.image_shape())
    }

    fn conv2d_of_ready(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let [image, weight] = [image, weight].map(Dense::new);
        let (bias, zeros) = (bias.map(Dense::new), vec![0.0; g.map_channels]);
        let bias = bias.as_ref().map_or(&zeros[..], Dense::values);
        let map = cpu::conv2d(&g, image.values(), weight.values(), bias);
        tensor(map, g.map_shape())
    }

    fn weight_gradient_of_ready(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        Self::stride2_weight_gradient(image, map, g)
    }

    fn bias_gradient(result: FloatTensor<Self>) -> FloatTensor<Self> {
        let [_, channels, height, width] = result.shape().dims();
        let result = Dense::new(result);
        let sums = cpu::bias_gradient(channels, height * width, result.values());
        tensor(sums, [channels])
    }
}
