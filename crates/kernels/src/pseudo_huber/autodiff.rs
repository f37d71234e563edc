//! The penalty with autodiff.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, TensorMetadata};
use burn::tensor::Shape;

use super::backend::PenaltyOps;

#[derive(Debug)]
struct PseudoHuber;

impl<B: PenaltyOps> Backward<B, 1> for PseudoHuber {
    /// The gradient of the penalty itself.
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
    fn pseudo_huber(x: FloatTensor<Self>, gamma: f64) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let prepared = PseudoHuber
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful();
        let (penalty, slope) = B::pseudo_huber(x.into_primitive(), gamma);
        let kept = Self::from_inner(slope.clone());
        match prepared {
            OpsKind::Tracked(prepared) => (prepared.finish(slope, penalty), kept),
            OpsKind::UnTracked(prepared) => (prepared.finish(penalty), kept),
        }
    }
}
