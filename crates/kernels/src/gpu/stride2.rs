//! The stride-2 convolutions on GPUs: our shaders where they were chosen, Burn's operations elsewhere.

use burn::backend::ops::{FloatTensorOps, ModuleOps};
use burn::backend::tensor::FloatTensor;
use burn::tensor::Slice;
use burn_wgpu::{CubeBackend, CubeTensor};

use compute::{Activation, Layout};

use super::{channels, convolution, launch, weight_gradient};
use crate::geometry::Geometry;
use crate::stride2::backend::{
    Stride2, Stride2Gradients, conv_options, sum_of_channels, transpose_options, weight_backward,
};

impl Stride2 for CubeBackend {
    fn stride2_conv2d(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        match convolution::Plan::strided(&image, &g) {
            Some(plan) => plan.run(image, weight, Some(bias)),
            None => Self::conv2d(image, weight, Some(bias), conv_options(&g)),
        }
    }

    fn stride2_conv_transpose2d(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        match convolution::Plan::transposed(&map, &g) {
            Some(plan) => plan.run(map, weight, Some(bias)),
            None => Self::conv_transpose2d(map, weight, Some(bias), transpose_options(&g)),
        }
    }

    fn stride2_weight_gradient(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        match weight_gradient::Plan::chosen(&image, &g) {
            Some(plan) => plan.run(image, map),
            None => weight_backward::<Self>(image, map, g),
        }
    }
}

impl Stride2Gradients for CubeBackend {
    fn image_gradient(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let evened = g.evened();
        let even_sides = match convolution::Plan::transposed(&map, &evened) {
            Some(plan) => plan.run(map, weight, None),
            None => Self::conv_transpose2d(map, weight, None, transpose_options(&evened)),
        };
        inside(even_sides, &g)
    }

    fn ready(image: FloatTensor<Self>, g: &Geometry) -> FloatTensor<Self> {
        match convolution::Plan::strided(&image, g) {
            Some(plan) => plan.padded(image, None),
            None => image,
        }
    }

    fn conv2d_of_ready(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: Option<FloatTensor<Self>>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let plan = convolution::Plan::strided(&image, &g);
        match plan.filter(|_| is_padded(&image, &g)) {
            Some(plan) => {
                let packed = plan.packed(weight);
                plan.run_packed(image, packed, bias, Activation::Identity)
            }
            None => Self::conv2d(unpadded(image, &g), weight, bias, conv_options(&g)),
        }
    }

    fn weight_gradient_of_ready(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        match weight_gradient::Plan::chosen(&image, &g) {
            Some(plan) if is_padded(&image, &g) => plan.run_padded(image, map),
            Some(plan) => plan.run(image, map),
            None => weight_backward::<Self>(unpadded(image, &g), map, g),
        }
    }

    fn bias_gradient(result: FloatTensor<Self>) -> FloatTensor<Self> {
        if launch::runs_on(&result.client) {
            return channels::sum(result);
        }
        sum_of_channels::<Self>(result)
    }
}

/// The image out of one of even sides: of an odd one the last row or column has been padding.
fn inside(even_sides: CubeTensor, g: &Geometry) -> CubeTensor {
    if *g == g.evened() {
        return even_sides;
    }
    let inside = g.image_shape().map(|size| Slice::from(0..size));
    CubeBackend::float_slice(even_sides, &inside)
}

/// Whether an image that is ready has padding: our shaders read it then.
fn is_padded(image: &CubeTensor, g: &Geometry) -> bool {
    image.meta.shape()[..] != g.image_shape()
}

/// The image itself, where another operation was chosen since it was made ready.
fn unpadded(image: CubeTensor, g: &Geometry) -> CubeTensor {
    if !is_padded(&image, g) {
        return image;
    }
    let [before, ..] = Layout::for_conv2d(g.image_channels, g.height, g.width).padding();
    let [batch, channels, height, width] = g.image_shape();
    let inside = [
        0..batch,
        0..channels,
        before..before + height,
        before..before + width,
    ];
    CubeBackend::float_slice(image, &inside.map(Slice::from))
}
