//! The networks' layers as ONNX operators with their weights.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use compute::Activation;
use inference::layers::{Layer, LayerKind, Norm};
use safetensors::SafeTensors;

use super::graph::{Attribute, Graph};

/// Slope of the leaky ReLU below zero.
const LEAK: f32 = compute::LEAKY_SLOPE as f32;
/// What batch norm adds to a variance.
const EPSILON: f32 = compute::NORM_EPSILON as f32;

/// A graph that takes its weights from a safetensors file with our names.
pub struct Layers<'a> {
    pub graph: Graph,
    weights: SafeTensors<'a>,
    used: BTreeSet<String>,
}

impl<'a> Layers<'a> {
    pub fn new(weights: &'a [u8]) -> Result<Self> {
        Ok(Self {
            graph: Graph::default(),
            weights: SafeTensors::deserialize(weights)?,
            used: BTreeSet::new(),
        })
    }

    /// The model file. Weights that no layer took would mean another network than the one exported.
    pub fn finish(
        self,
        name: &str,
        description: &str,
        metadata: &[(&str, &str)],
    ) -> Result<Vec<u8>> {
        let names = self.weights.names().into_iter();
        let left: Vec<&str> = names.filter(|name| !self.used.contains(*name)).collect();
        ensure!(
            left.is_empty(),
            "the {name} has layers that cannot be exported to ONNX: {}",
            left.join(", ")
        );
        Ok(self.graph.into_model(name, description, metadata))
    }

    /// Brings a weight into the graph under its own name.
    fn weight(&mut self, name: &str) -> Result<()> {
        let view = self.weights.tensor(name);
        let view = view.with_context(|| format!("there is no tensor `{name}`"))?;
        self.graph.floats(name, view.shape(), view.data());
        self.used.insert(name.to_owned());
        Ok(())
    }

    /// Layers that follow each other, from `input` on; returns what the last one makes, which is called `output` where
    /// that is given. Before minibatch discrimination it stops: no operator is that.
    pub fn chain(&mut self, layers: &[Layer], input: &str, output: Option<&str>) -> Result<String> {
        let mut x = input.to_owned();
        for (index, layer) in layers.iter().enumerate() {
            if matches!(layer.kind, LayerKind::Minibatch(_)) {
                break;
            }
            let is_map = index > 0 && layers[index - 1].side_made() > 1;
            if layer.kind == LayerKind::Linear && is_map {
                x = self.flatten(&x);
            }
            let last = index + 1 == layers.len();
            x = self.layer(layer, &x, output.filter(|_| last))?;
        }
        Ok(x)
    }

    /// One layer with its batch norm and activation; the last of those is called `output`.
    fn layer(&mut self, layer: &Layer, input: &str, output: Option<&str>) -> Result<String> {
        let [weight, bias] = ["weight", "bias"].map(|part| format!("{}.{part}", layer.name));
        for name in [&weight, &bias] {
            self.weight(name)?;
        }
        let inputs = [input, &weight, &bias];
        let plain = layer.norm.is_none() && layer.activation == Activation::Identity;
        let name = output.filter(|_| plain).unwrap_or(layer.name);
        let x = match layer.kind {
            LayerKind::Conv2d { kernel } => {
                let pad = (kernel / 2) as i64;
                let attributes = [
                    Attribute::Ints("strides", &[2, 2]),
                    Attribute::Ints("pads", &[pad; 4]),
                ];
                self.graph.node("Conv", name, &inputs, &attributes)
            }
            LayerKind::ConvTranspose2d => {
                let attributes = [
                    Attribute::Ints("strides", &[2, 2]),
                    Attribute::Ints("pads", &[2, 2, 2, 2]),
                    Attribute::Ints("output_padding", &[1, 1]),
                ];
                self.graph.node("ConvTranspose", name, &inputs, &attributes)
            }
            LayerKind::Linear | LayerKind::Minibatch(_) => {
                let transposed = [Attribute::Int("transB", 1)];
                self.graph.node("Gemm", name, &inputs, &transposed)
            }
        };
        let x = match layer.norm {
            Some(norm) => self.norm(layer, norm, &x)?,
            None => x,
        };
        let before = layer.norm.map_or(layer.name, |norm| norm.name);
        Ok(match layer.activation {
            Activation::Identity => x,
            Activation::Leaky => {
                let name = format!("{before}.leaky");
                let slope = [Attribute::Float("alpha", LEAK)];
                let name = output.unwrap_or(&name);
                self.graph.node("LeakyRelu", name, &[&x], &slope)
            }
            Activation::Tanh => {
                let name = format!("{before}.tanh");
                self.graph.node("Tanh", output.unwrap_or(&name), &[&x], &[])
            }
        })
    }

    /// Batch norm by its running statistics. Where several outputs are one channel, they become a feature map first.
    fn norm(&mut self, layer: &Layer, norm: Norm, input: &str) -> Result<String> {
        let mut x = input.to_owned();
        let positions = layer.outputs / norm.channels;
        if positions > 1 {
            let side = positions.isqrt() as i64;
            self.graph
                .integers("corner", &[0, norm.channels as i64, side, side]);
            x = self.graph.node("Reshape", "reshaped", &[&x, "corner"], &[]);
        }
        let parts = ["weight", "bias", "running_mean", "running_var"];
        let names = parts.map(|part| format!("{}.{part}", norm.name));
        for name in &names {
            self.weight(name)?;
        }
        let mut inputs = vec![x.as_str()];
        inputs.extend(names.iter().map(String::as_str));
        let epsilon = [Attribute::Float("epsilon", EPSILON)];
        let node = self
            .graph
            .node("BatchNormalization", norm.name, &inputs, &epsilon);
        Ok(node)
    }

    /// Feature maps as rows of values.
    pub fn flatten(&mut self, input: &str) -> String {
        self.graph.node("Flatten", "flattened", &[input], &[])
    }

    /// Tensors side by side.
    pub fn concatenate(&mut self, name: &str, inputs: &[&str]) -> String {
        let axis = [Attribute::Int("axis", 1)];
        self.graph.node("Concat", name, inputs, &axis)
    }

    /// Columns `from` up to `to`.
    pub fn part(&mut self, name: &str, input: &str, from: usize, to: usize) -> String {
        let places = ["from", "to", "axis"].map(|place| format!("{name}.{place}"));
        for (place, value) in places.iter().zip([from as i64, to as i64, 1]) {
            self.graph.integers(place, &[value]);
        }
        let mut inputs = vec![input];
        inputs.extend(places.iter().map(String::as_str));
        self.graph.node("Slice", name, &inputs, &[])
    }
}
