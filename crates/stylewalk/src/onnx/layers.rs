//! The networks' layers as ONNX operators with their weights.

use std::collections::BTreeSet;

use anyhow::{Context, Result, ensure};
use safetensors::SafeTensors;

use super::graph::{Attribute, Graph};

/// Slope of the leaky ReLU below zero.
const LEAK: f32 = kernels::LEAKY_SLOPE as f32;
/// What batch norm adds to a variance.
const EPSILON: f32 = kernels::NORM_EPSILON as f32;

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
    pub fn finish(self, name: &str, description: &str) -> Result<Vec<u8>> {
        let names = self.weights.names().into_iter();
        let left: Vec<&str> = names.filter(|name| !self.used.contains(*name)).collect();
        ensure!(
            left.is_empty(),
            "the {name} has layers that cannot be exported to ONNX: {}",
            left.join(", ")
        );
        Ok(self.graph.into_model(name, description))
    }

    /// Brings a weight into the graph under its own name; returns the shape.
    fn weight(&mut self, name: &str) -> Result<Vec<usize>> {
        let view = self.weights.tensor(name);
        let view = view.with_context(|| format!("there is no tensor `{name}`"))?;
        self.graph.floats(name, view.shape(), view.data());
        self.used.insert(name.to_owned());
        Ok(view.shape().to_vec())
    }

    /// Brings in a layer's weight and bias; returns their names and the weight's shape.
    fn weights(&mut self, layer: &str) -> Result<([String; 2], Vec<usize>)> {
        let names = ["weight", "bias"].map(|part| format!("{layer}.{part}"));
        let shape = self.weight(&names[0])?;
        self.weight(&names[1])?;
        Ok((names, shape))
    }

    /// A fully connected layer, its output named for it.
    pub fn linear(&mut self, layer: &str, input: &str) -> Result<String> {
        self.linear_as(layer, layer, input)
    }

    /// A fully connected layer with a name for its output.
    pub fn linear_as(&mut self, output: &str, layer: &str, input: &str) -> Result<String> {
        let ([weight, bias], _) = self.weights(layer)?;
        let inputs = [input, &weight, &bias];
        let transposed = [Attribute::Int("transB", 1)];
        Ok(self.graph.node("Gemm", output, &inputs, &transposed))
    }

    /// A fully connected layer and a leaky ReLU.
    pub fn linear_leaky(&mut self, layer: &str, input: &str) -> Result<String> {
        let x = self.linear(layer, input)?;
        Ok(self.leaky(layer, &x))
    }

    /// Batch norm by its running statistics, and a leaky ReLU.
    pub fn norm_leaky(&mut self, layer: &str, input: &str) -> Result<String> {
        let parts = ["weight", "bias", "running_mean", "running_var"];
        let names = parts.map(|part| format!("{layer}.{part}"));
        for name in &names {
            self.weight(name)?;
        }
        let mut inputs = vec![input];
        inputs.extend(names.iter().map(String::as_str));
        let epsilon = [Attribute::Float("epsilon", EPSILON)];
        let x = self
            .graph
            .node("BatchNormalization", layer, &inputs, &epsilon);
        Ok(self.leaky(layer, &x))
    }

    fn leaky(&mut self, layer: &str, input: &str) -> String {
        let name = format!("{layer}.leaky");
        let slope = [Attribute::Float("alpha", LEAK)];
        self.graph.node("LeakyRelu", &name, &[input], &slope)
    }

    /// A transposed convolution of stride 2, which doubles the side.
    pub fn transposed(&mut self, layer: &str, input: &str) -> Result<String> {
        let ([weight, bias], _) = self.weights(layer)?;
        let attributes = [
            Attribute::Ints("strides", &[2, 2]),
            Attribute::Ints("pads", &[2, 2, 2, 2]),
            Attribute::Ints("output_padding", &[1, 1]),
        ];
        let inputs = [input, &weight, &bias];
        Ok(self
            .graph
            .node("ConvTranspose", layer, &inputs, &attributes))
    }

    /// A convolution of stride 2, which halves the side.
    fn strided(&mut self, layer: &str, input: &str) -> Result<String> {
        let ([weight, bias], shape) = self.weights(layer)?;
        let kernel = shape.last().copied().context("a kernel has no side")?;
        let pad = (kernel / 2) as i64;
        let attributes = [
            Attribute::Ints("strides", &[2, 2]),
            Attribute::Ints("pads", &[pad; 4]),
        ];
        let inputs = [input, &weight, &bias];
        Ok(self.graph.node("Conv", layer, &inputs, &attributes))
    }

    /// What E and D begin with: `count` convolutions, all but the first with a batch norm, and the result flattened.
    pub fn pictures(&mut self, input: &str, count: usize) -> Result<String> {
        let x = self.strided("conv1", input)?;
        let mut x = self.leaky("conv1", &x);
        for layer in 2..=count {
            x = self.strided(&format!("conv{layer}"), &x)?;
            x = self.norm_leaky(&format!("bn{layer}"), &x)?;
        }
        Ok(self.graph.node("Flatten", "flattened", &[&x], &[]))
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
