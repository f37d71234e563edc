//! Matrix products, and the fully connected layers around them, on GPUs: `shaders/product.wgsl` and
//! `shaders/finish_linear.wgsl`, with autodiff and without.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, CubeTensor, into_contiguous};

use super::{activation, channels, launch, split_k};
use crate::backend;
use compute::shader::WORKGROUP;
use compute::shaders::{FINISH_LINEAR, FinishLinear, PRODUCT, Product as Parameters};

/// `left` `[rows, depth]` by `right` `[depth, columns]`, neither empty, both f32. `None` where our shader does not run
/// on their device.
pub(crate) fn product(left: &Tensor<2>, right: &Tensor<2>) -> Option<Tensor<2>> {
    backend::wgpu(&left.device())?;
    let (left, right) = (left.clone().into_dispatch(), right.clone().into_dispatch());
    Some(Tensor::from_dispatch(Dispatch::product(left, right)))
}

/// The layer, as [`crate::linear_leaky`] has it, of tensors of f32 that are not empty. `None` where our shaders do not run on
/// their device.
pub(crate) fn linear(
    x: &Tensor<2>,
    weight: &Tensor<2>,
    bias: &Tensor<1>,
    mask: Option<&Tensor<2>>,
    slope: f64,
) -> Option<Tensor<2>> {
    backend::wgpu(&x.device())?;
    let x = x.clone().into_dispatch();
    let (weight, bias) = (weight.clone().into_dispatch(), bias.clone().into_dispatch());
    let finish = Finish {
        slope,
        masked: mask.is_some(),
    };
    // The operation wants a tensor in any case.
    let mask = mask.map_or_else(|| x.clone(), |mask| mask.clone().into_dispatch());
    let made = Dispatch::linear_layer(x, weight, bias, mask, finish);
    Some(Tensor::from_dispatch(made))
}

/// The product of two matrices, not empty, of f32.
#[backend_extension(Cube, Autodiff)]
pub(crate) trait Product: Backend {
    /// `[rows, depth]` by `[depth, columns]`.
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;

    /// `x` `[batch, in]` by `weight` `[in, out]`, plus `bias` `[out]`, and what `finish` says; `mask` is `[batch, out]`.
    fn linear_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mask: FloatTensor<Self>,
        finish: Finish,
    ) -> FloatTensor<Self>;
}

/// What follows the sums of a layer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Finish {
    /// What negative values are multiplied by; 1 for no activation.
    slope: f64,
    /// Whether values are multiplied by a mask, which has none below zero.
    masked: bool,
}

impl Finish {
    fn is_none(self) -> bool {
        self.slope == 1.0 && !self.masked
    }
}

/// What backward passes need beside products.
pub(crate) trait ProductGradients: Product {
    /// The gradient of a layer's values before leaky ReLU and mask, from its output and the gradient of that.
    fn before_finish(
        output: FloatTensor<Self>,
        gradient: FloatTensor<Self>,
        mask: FloatTensor<Self>,
        finish: Finish,
    ) -> FloatTensor<Self>;

    /// The sum of all rows.
    fn sum_of_rows(rows: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Side of the block of values that an invocation computes.
const BLOCK: usize = 4;
/// Invocations to split the inner dimension among, where it is long enough.
const INVOCATIONS: usize = 1 << 10;
/// Steps along the inner dimension that are worth an invocation.
const STEPS: usize = 32;

/// A product whose inner dimension may have been split.
struct Partial {
    /// `[splits * rows, columns]`
    sums: CubeTensor,
    splits: usize,
    shape: [usize; 2],
}

fn partial(left: CubeTensor, right: CubeTensor) -> Partial {
    let [rows, depth] = left.meta.shape().dims();
    let [_, columns] = right.meta.shape().dims();
    let blocks = rows.div_ceil(BLOCK) * columns.div_ceil(BLOCK);
    let wanted = INVOCATIONS.div_ceil(blocks).min(depth.div_ceil(STEPS));
    let split_depth = depth.div_ceil(wanted);
    let splits = depth.div_ceil(split_depth);
    let strides = |tensor: &CubeTensor| {
        let strides = tensor.meta.strides();
        [strides[0] as u32, strides[1] as u32]
    };
    let ([left_row, left_column], [right_row, right_column]) = (strides(&left), strides(&right));
    let parameters = Parameters {
        rows: rows as u32,
        columns: columns as u32,
        depth: depth as u32,
        split_depth: split_depth as u32,
        splits: splits as u32,
        left_row,
        left_column,
        right_row,
        right_column,
    };
    let sums = launch::empty(&left, [splits * rows, columns]);
    let grid = launch::grid_on(&left.client, (splits * blocks) as u32, WORKGROUP);
    let shader = PRODUCT.shader();
    launch::queue(&PRODUCT, shader, grid, [left, right], [&sums], parameters);
    Partial {
        sums,
        splits,
        shape: [rows, columns],
    }
}

impl Product for CubeBackend {
    fn product(left: CubeTensor, right: CubeTensor) -> CubeTensor {
        let made = partial(left, right);
        match made.splits {
            1 => made.sums,
            _ => split_k::sum(made.sums, made.splits, made.shape),
        }
    }

    fn linear_layer(
        x: CubeTensor,
        weight: CubeTensor,
        bias: CubeTensor,
        mask: CubeTensor,
        finish: Finish,
    ) -> CubeTensor {
        let made = partial(x, weight);
        let result = launch::empty(&made.sums, made.shape);
        let [rows, columns] = made.shape;
        let parameters = FinishLinear {
            count: (rows * columns) as u32,
            splits: made.splits as u32,
            columns: columns as u32,
            slope: finish.slope as f32,
            masked: u32::from(finish.masked),
        };
        let read = [made.sums, bias, mask].map(into_contiguous);
        let grid = launch::grid_on(&result.client, parameters.count, WORKGROUP);
        let shader = FINISH_LINEAR.shader();
        launch::queue(&FINISH_LINEAR, shader, grid, read, [&result], parameters);
        result
    }
}

impl ProductGradients for CubeBackend {
    fn before_finish(
        output: CubeTensor,
        gradient: CubeTensor,
        mask: CubeTensor,
        finish: Finish,
    ) -> CubeTensor {
        if finish.is_none() {
            return gradient;
        }
        let mask = finish.masked.then_some(mask);
        activation::leaky([output, gradient], mask, finish.slope)
    }

    fn sum_of_rows(rows: CubeTensor) -> CubeTensor {
        channels::sum(rows)
    }
}

#[derive(Debug)]
struct Matrices;

impl<B: ProductGradients> Backward<B, 2> for Matrices {
    /// Left and right.
    type State = [NodeId; 2];

    fn backward(
        self,
        ops: Ops<Self::State, 2>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<B>(&ops.node);
        let [left, right] = ops.state;
        let [left_node, right_node] = ops.parents;
        if let Some(node) = left_node {
            let right: FloatTensor<B> = checkpointer.retrieve_node_output(right);
            let found = B::product(gradient.clone(), B::float_transpose(right));
            grads.register::<B>(node.id, found);
        }
        if let Some(node) = right_node {
            let left: FloatTensor<B> = checkpointer.retrieve_node_output(left);
            grads.register::<B>(node.id, B::product(B::float_transpose(left), gradient));
        }
    }
}

#[derive(Debug)]
struct Linear;

/// What a layer's backward pass needs: input and weight by their nodes, the output, the mask, and what has been done.
type LinearState<T> = ([NodeId; 2], [T; 2], Finish);

impl<B: ProductGradients> Backward<B, 3> for Linear {
    type State = LinearState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let gradient = grads.consume::<B>(&ops.node);
        let ([x, weight], [output, mask], finish) = ops.state;
        let [x_node, weight_node, bias_node] = ops.parents;
        let gradient = B::before_finish(output, gradient, mask, finish);
        if let Some(node) = x_node {
            let weight: FloatTensor<B> = checkpointer.retrieve_node_output(weight);
            let found = B::product(gradient.clone(), B::float_transpose(weight));
            grads.register::<B>(node.id, found);
        }
        if let Some(node) = weight_node {
            let x: FloatTensor<B> = checkpointer.retrieve_node_output(x);
            let found = B::product(B::float_transpose(x), gradient.clone());
            grads.register::<B>(node.id, found);
        }
        if let Some(node) = bias_node {
            grads.register::<B>(node.id, B::sum_of_rows(gradient));
        }
    }
}

impl<B: ProductGradients, C: CheckpointStrategy> Product for Autodiff<B, C> {
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = Matrices
            .prepare::<C>([left.node(), right.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = [prepared.checkpoint(&left), prepared.checkpoint(&right)];
                prepared.finish(
                    kept,
                    B::product(left.into_primitive(), right.into_primitive()),
                )
            }
            OpsKind::UnTracked(prepared) => {
                prepared.finish(B::product(left.into_primitive(), right.into_primitive()))
            }
        }
    }

    fn linear_layer(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        mask: FloatTensor<Self>,
        finish: Finish,
    ) -> FloatTensor<Self> {
        let prepared = Linear
            .prepare::<C>([x.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful();
        let (bias, mask) = (bias.into_primitive(), mask.into_primitive());
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = [prepared.checkpoint(&x), prepared.checkpoint(&weight)];
                let [x, weight] = [x, weight].map(|tensor| tensor.into_primitive());
                let output = B::linear_layer(x, weight, bias, mask.clone(), finish);
                prepared.finish((kept, [output.clone(), mask], finish), output)
            }
            OpsKind::UnTracked(prepared) => {
                let [x, weight] = [x, weight].map(|tensor| tensor.into_primitive());
                prepared.finish(B::linear_layer(x, weight, bias, mask, finish))
            }
        }
    }
}
