//! The stride-2 convolutions on GPUs: our shaders where they were chosen, Burn's operations elsewhere.

use burn::backend::ops::ModuleOps;
use burn::backend::tensor::FloatTensor;
use burn_wgpu::CubeBackend;

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
            Some(plan) => plan.run(image, weight, bias),
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
            Some(plan) => plan.run(map, weight, bias),
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
    fn bias_gradient(result: FloatTensor<Self>) -> FloatTensor<Self> {
        if launch::runs_on(&result.client) {
            return channels::sum(result);
        }
        sum_of_channels::<Self>(result)
    }
}
