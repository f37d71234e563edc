//! The operations with autodiff.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend};

use crate::ranks::Others;

use super::backend::{ActivationGradients, ActivationOps, KeptNorm, Normed};

#[derive(Debug)]
struct Normalization;

/// The input by its node, what the forward pass kept of each channel, the slope, and who has the rest of the batch.
type NormState<T> = (NodeId, T, f64, Option<Others>);

impl<B: ActivationGradients> Backward<B, 3> for Normalization {
    type State = NormState<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let output = grads.consume::<B>(&ops.node);
        let (x, scale, slope, others) = ops.state;
        let kept = KeptNorm {
            x: checkpointer.retrieve_node_output(x),
            scale,
            slope,
            others,
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
        epsilon: f64,
        slope: f64,
        others: Option<Others>,
    ) -> Normed<Self> {
        let prepared = Normalization
            .prepare::<C>([x.node(), gamma.node(), beta.node()])
            .compute_bound()
            .stateful();
        let (output, mean, variance, scale) = match prepared {
            OpsKind::Tracked(mut prepared) => {
                let node = prepared.checkpoint(&x);
                let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.into_primitive());
                let (output, mean, variance, scale) =
                    B::norm_leaky(x, gamma, beta, epsilon, slope, others);
                let state = (node, scale.clone(), slope, others);
                (prepared.finish(state, output), mean, variance, scale)
            }
            OpsKind::UnTracked(prepared) => {
                let [x, gamma, beta] = [x, gamma, beta].map(|tensor| tensor.into_primitive());
                let (output, mean, variance, scale) =
                    B::norm_leaky(x, gamma, beta, epsilon, slope, others);
                (prepared.finish(output), mean, variance, scale)
            }
        };
        let [mean, variance, scale] = [mean, variance, scale].map(Self::from_inner);
        (output, mean, variance, scale)
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
