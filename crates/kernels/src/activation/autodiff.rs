//! The operations with autodiff.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend};

use crate::ranks::Others;

use super::Normalization;
use super::backend::{ActivationGradients, ActivationOps, KeptNorm, Normed};

#[derive(Debug)]
struct NormLeaky;

/// The input by its node, and what the forward pass kept of each channel.
type NormState<T> = (NodeId, T, Normalization);

impl<B: ActivationGradients> Backward<B, 3> for NormLeaky {
    type State = NormState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let output = grads.consume::<B>(&ops.node);
        let (x, scale, norm) = ops.state;
        let kept = KeptNorm {
            x: checkpointer.retrieve_node_output(x),
            scale,
            norm,
        };
        let gradients = B::norm_leaky_gradients(kept, output);
        for (node, gradient) in ops.parents.iter().zip(gradients) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

#[derive(Debug)]
struct Leaky;

impl<B: ActivationGradients> Backward<B, 1> for Leaky {
    type State = (FloatTensor<B>, f64);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let (output, slope) = ops.state;
        let [x] = ops.parents;
        if let Some(node) = x {
            grads.register::<B>(node.id, B::leaky_gradient(output, gradient, slope));
        }
    }
}

#[derive(Debug)]
struct SumOver;

impl<B: ActivationGradients> Backward<B, 1> for SumOver {
    type State = Others;

    /// What one process adds changes the losses of all.
    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [x] = ops.parents;
        if let Some(node) = x {
            grads.register::<B>(node.id, B::sum_over(gradient, ops.state));
        }
    }
}

#[derive(Debug)]
struct Tangent;

impl<B: ActivationGradients> Backward<B, 1> for Tangent {
    /// The output.
    type State = FloatTensor<B>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let gradient = grads.consume::<B>(&ops.node);
        let [x] = ops.parents;
        if let Some(node) = x {
            grads.register::<B>(node.id, B::tangent_gradient(ops.state, gradient));
        }
    }
}

impl<B: ActivationGradients, C: CheckpointStrategy> ActivationOps for Autodiff<B, C> {
    fn norm_leaky(
        x: FloatTensor<Self>,
        gamma: FloatTensor<Self>,
        beta: FloatTensor<Self>,
        running_mean: FloatTensor<Self>,
        running_variance: FloatTensor<Self>,
        norm: Normalization,
    ) -> Normed<Self> {
        let prepared = NormLeaky
            .prepare::<C>([x.node(), gamma.node(), beta.node()])
            .compute_bound()
            .stateful();
        let plain = |x: FloatTensor<Self>| {
            B::norm_leaky(
                x.into_primitive(),
                gamma.clone().into_primitive(),
                beta.clone().into_primitive(),
                running_mean.clone().into_primitive(),
                running_variance.clone().into_primitive(),
                norm,
            )
        };
        let (output, scale, mean, variance) = match prepared {
            OpsKind::Tracked(mut prepared) => {
                let node = prepared.checkpoint(&x);
                let (output, scale, mean, variance) = plain(x);
                let state = (node, scale.clone(), norm);
                (prepared.finish(state, output), scale, mean, variance)
            }
            OpsKind::UnTracked(prepared) => {
                let (output, scale, mean, variance) = plain(x);
                (prepared.finish(output), scale, mean, variance)
            }
        };
        let [scale, mean, variance] = [scale, mean, variance].map(Self::from_inner);
        (output, scale, mean, variance)
    }

    fn leaky_slope(x: FloatTensor<Self>, slope: f64) -> FloatTensor<Self> {
        let prepared = Leaky.prepare::<C>([x.node()]).compute_bound().stateful();
        let output = B::leaky_slope(x.into_primitive(), slope);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish((output.clone(), slope), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn sum_over(x: FloatTensor<Self>, others: Others) -> FloatTensor<Self> {
        let prepared = SumOver.prepare::<C>([x.node()]).compute_bound().stateful();
        let output = B::sum_over(x.into_primitive(), others);
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(others, output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }

    fn tangent(x: FloatTensor<Self>) -> FloatTensor<Self> {
        let prepared = Tangent.prepare::<C>([x.node()]).compute_bound().stateful();
        let output = B::tangent(x.into_primitive());
        match prepared {
            OpsKind::Tracked(prepared) => prepared.finish(output.clone(), output),
            OpsKind::UnTracked(prepared) => prepared.finish(output),
        }
    }
}
