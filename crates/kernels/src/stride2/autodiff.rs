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

/// What a convolution keeps: the image, made ready, the weight, and the shapes.
type KeptImage<T> = (T, NodeId, Geometry);
/// What a transposed convolution keeps: the feature map, the weight, and the shapes.
type KeptMap = (NodeId, NodeId, Geometry);

#[derive(Debug)]
struct Convolution;

impl<B: Stride2Gradients> Backward<B, 3> for Convolution {
    type State = KeptImage<FloatTensor<B>>;

    fn backward(
        self,
        ops: Ops<Self::State, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [image_node, weight_node, bias_node] = ops.parents;
        let map = grads.consume::<B>(&ops.node);
        let (image, weight, g) = ops.state;
        if let Some(node) = image_node {
            let weight: FloatTensor<B> = checkpointer.retrieve_node_output(weight);
            let gradient = B::image_gradient(map.clone(), weight, g);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = weight_node {
            let gradient = B::weight_gradient_of_ready(image, map.clone(), g);
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
    type State = KeptMap;

    fn backward(
        self,
        ops: Ops<KeptMap, 3>,
        grads: &mut Gradients,
        checkpointer: &mut Checkpointer,
    ) {
        let [map_node, weight_node, bias_node] = ops.parents;
        let image = grads.consume::<B>(&ops.node);
        let (map, weight, g) = ops.state;
        if let Some(node) = bias_node {
            grads.register::<B>(node.id, B::bias_gradient(image.clone()));
        }
        let image = B::ready(image, &g);
        if let Some(node) = map_node {
            let weight: FloatTensor<B> = checkpointer.retrieve_node_output(weight);
            let gradient = B::conv2d_of_ready(image.clone(), weight, None, g);
            grads.register::<B>(node.id, gradient);
        }
        if let Some(node) = weight_node {
            let map: FloatTensor<B> = checkpointer.retrieve_node_output(map);
            let gradient = B::weight_gradient_of_ready(image, map, g);
            grads.register::<B>(node.id, gradient);
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
                let weight_node = prepared.checkpoint(&weight);
                let image = B::ready(image.into_primitive(), &g);
                let bias = Some(bias.into_primitive());
                let map = B::conv2d_of_ready(image.clone(), weight.into_primitive(), bias, g);
                prepared.finish((image, weight_node, g), map)
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
