//! The operations with autodiff, on whatever backend computes them. Each one's gradients are the other two.

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, AutodiffBackend, Backend};

use super::backend::{Stride2, Stride2Gradients};
use crate::geometry::Geometry;

/// The kept input (image or feature map), the kept weight, and the shapes.
type Kept = (NodeId, NodeId, Geometry);

#[derive(Debug)]
struct Convolution;

impl<B: Stride2Gradients> Backward<B, 3> for Convolution {
    type State = Kept;

    fn backward(self, ops: Ops<Kept, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [image_node, weight_node, bias_node] = ops.parents;
        let map = grads.consume::<B>(&ops.node);
        let (image, weight, g) = ops.state;
        let image: FloatTensor<B> = checkpointer.retrieve_node_output(image);
        let weight: FloatTensor<B> = checkpointer.retrieve_node_output(weight);
        if let Some(node) = image_node {
            let gradient = B::image_gradient(map.clone(), weight, g);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = weight_node {
            let gradient = B::stride2_weight_gradient(image, map.clone(), g);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = bias_node {
            grads.register::<B>(node.id, B::bias_gradient(map));
        }
    }
}

#[derive(Debug)]
struct TransposedConvolution;

impl<B: Stride2Gradients> Backward<B, 3> for TransposedConvolution {
    type State = Kept;

    fn backward(self, ops: Ops<Kept, 3>, grads: &mut Gradients, checkpointer: &mut Checkpointer) {
        let [map_node, weight_node, bias_node] = ops.parents;
        let image = grads.consume::<B>(&ops.node);
        let (map, weight, g) = ops.state;
        let map: FloatTensor<B> = checkpointer.retrieve_node_output(map);
        let weight: FloatTensor<B> = checkpointer.retrieve_node_output(weight);
        if let Some(node) = map_node {
            let gradient = B::map_gradient(image.clone(), weight, g);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = weight_node {
            let gradient = B::stride2_weight_gradient(image.clone(), map, g);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = bias_node {
            grads.register::<B>(node.id, B::bias_gradient(image));
        }
    }
}

impl<B: Backend + Stride2Gradients, C: CheckpointStrategy> Stride2 for Autodiff<B, C> {
    fn stride2_conv2d(
        image: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let prepared = Convolution
            .prepare::<C>([image.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = (prepared.checkpoint(&image), prepared.checkpoint(&weight), g);
                let map = B::stride2_conv2d(
                    image.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    g,
                );
                prepared.finish(kept, map)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::stride2_conv2d(
                image.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                g,
            )),
        }
    }

    fn stride2_conv_transpose2d(
        map: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let prepared = TransposedConvolution
            .prepare::<C>([map.node(), weight.node(), bias.node()])
            .compute_bound()
            .stateful();
        match prepared {
            OpsKind::Tracked(mut prepared) => {
                let kept = (prepared.checkpoint(&map), prepared.checkpoint(&weight), g);
                let image = B::stride2_conv_transpose2d(
                    map.into_primitive(),
                    weight.into_primitive(),
                    bias.into_primitive(),
                    g,
                );
                prepared.finish(kept, image)
            }
            OpsKind::UnTracked(prepared) => prepared.finish(B::stride2_conv_transpose2d(
                map.into_primitive(),
                weight.into_primitive(),
                bias.into_primitive(),
                g,
            )),
        }
    }

    fn stride2_weight_gradient(
        image: FloatTensor<Self>,
        map: FloatTensor<Self>,
        g: Geometry,
    ) -> FloatTensor<Self> {
        let (image, map) = (image.into_primitive(), map.into_primitive());
        Self::from_inner(B::stride2_weight_gradient(image, map, g))
    }
}
