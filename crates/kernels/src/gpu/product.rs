//! Matrix products on GPUs: `shaders/product.wgsl`, with autodiff and without.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension};
use burn::tensor::Tensor;
use burn_wgpu::{CubeBackend, CubeTensor};

use super::{launch, split_k};
use crate::backend;
use compute::shader::WORKGROUP;
use compute::shaders::{PRODUCT, Product as Parameters};

/// `left` `[rows, depth]` by `right` `[depth, columns]`, neither empty, both f32. `None` where our shader does not run
/// on their device.
pub(crate) fn product(left: &Tensor<2>, right: &Tensor<2>) -> Option<Tensor<2>> {
    backend::wgpu(&left.device())?;
    let (left, right) = (left.clone().into_dispatch(), right.clone().into_dispatch());
    Some(Tensor::from_dispatch(Dispatch::product(left, right)))
}

/// The product of two matrices, not empty, of f32.
#[backend_extension(Cube, Autodiff)]
pub(crate) trait Product: Backend {
    /// `[rows, depth]` by `[depth, columns]`.
    fn product(left: FloatTensor<Self>, right: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// Side of the block of values that an invocation computes.
const BLOCK: usize = 4;
/// Invocations to split the inner dimension among, where it is long enough.
const INVOCATIONS: usize = 1 << 10;
/// Steps along the inner dimension that are worth an invocation.
const STEPS: usize = 32;

impl Product for CubeBackend {
    fn product(left: CubeTensor, right: CubeTensor) -> CubeTensor {
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
        let ([left_row, left_column], [right_row, right_column]) =
            (strides(&left), strides(&right));
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
        match splits {
            1 => sums,
            _ => split_k::sum(sums, splits, [rows, columns]),
        }
    }
}

#[derive(Debug)]
struct Matrices;

impl<B: Product> Backward<B, 2> for Matrices {
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

impl<B: Product, C: CheckpointStrategy> Product for Autodiff<B, C> {
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
}
