//! A penalty with autodiff.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, TensorMetadata};
use burn::tensor::Shape;

use super::Penalty;
use super::backend::PenaltyOps;

#[derive(Debug)]
struct MeanPenalty;

impl<B: PenaltyOps> Backward<B, 1> for MeanPenalty {
    /// The gradient of the mean itself.
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [x] = ops.parents;
        if let Some(node) = x {
            let shape = ops.state.shape();
            let ones = Shape::from(vec![1; shape.num_dims()]);
            let each = B::float_expand(B::float_reshape(gradient, ones), shape);
            grads.register::<B>(node.id, B::float_mul(ops.state, each));
        }
    }
}

impl<B: PenaltyOps, C: CheckpointStrategy> PenaltyOps for Autodiff<B, C> {
    fn penalty(x: FloatTensor<Self>, penalty: Penalty) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = MeanPenalty
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful();
        let (mean, slope) = B::penalty(x.into_primitive(), penalty);
        let kept = Self::from_inner(slope.clone());
        match prepared {
            OpsKind::Tracked(prepared) => (prepared.finish(slope, mean), kept),
            OpsKind::UnTracked(prepared) => (prepared.finish(mean), kept),
        }
    }
}
