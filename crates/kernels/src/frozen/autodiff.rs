//! The layers with autodiff.

use burn::backend::Autodiff;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;

use super::backend::{FrozenGradients, FrozenOps, Layer};

#[derive(Debug)]
struct FrozenLayer;

impl<B: FrozenGradients> Backward<B, 1> for FrozenLayer {
    /// The output, the weight, and the layer.
    type State = (FloatTensor<B>, FloatTensor<B>, Layer);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let (output, weight, layer) = ops.state;
        let [x] = ops.parents;
        if let Some(node) = x {
            let found = B::frozen_gradient(output, gradient, weight, &layer);
            grads.register::<B>(node.id, found);
        }
    }
}

impl<B: FrozenGradients, C: CheckpointStrategy> FrozenOps for Autodiff<B, C> {
    fn frozen(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        layer: Layer,
    ) -> FloatTensor<Self> {
        let prepared = FrozenLayer
            .prepare::<C>([x.node()])
            .compute_bound()
            .stateful();
        let [x, weight, bias] = [x, weight, bias].map(|tensor| tensor.into_primitive());
        let output = B::frozen(x, weight.clone(), bias, layer.clone());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((output.clone(), weight, layer), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
