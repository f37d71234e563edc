//! An ONNX graph under construction, and the messages it becomes (`onnx.proto`).

use crate::protobuf::Message;

/// The version of the operators: the first in which all of ours are as they are today.
const OPERATORS: i64 = 17;
/// The version of the file's format that goes with it.
const FORMAT: i64 = 8;

/// `TensorProto.DataType`.
const FLOAT: i64 = 1;
const INT64: i64 = 7;

/// `AttributeProto.AttributeType`.
const ATTRIBUTE_FLOAT: i64 = 1;
const ATTRIBUTE_INT: i64 = 2;
const ATTRIBUTE_INTS: i64 = 7;

/// A constant of an operator.
pub enum Attribute<'a> {
    Float(&'a str, f32),
    Int(&'a str, i64),
    Ints(&'a str, &'a [i64]),
}

/// Operators in the order they are computed, and the tensors they need.
#[derive(Default)]
pub struct Graph {
    nodes: Vec<Message>,
    tensors: Vec<Message>,
    inputs: Vec<Message>,
    outputs: Vec<Message>,
}

impl Graph {
    /// Adds an operator with one output, which is named like it. Returns the name.
    pub fn node(
        &mut self,
        operator: &str,
        name: &str,
        inputs: &[&str],
        attributes: &[Attribute<'_>],
    ) -> String {
        let node = inputs
            .iter()
            .fold(Message::default(), |node, input| node.bytes(1, input))
            .bytes(2, name)
            .bytes(3, name)
            .bytes(4, operator)
            .messages(5, attributes.iter().map(Attribute::message));
        self.nodes.push(node);
        name.to_owned()
    }

    /// Adds a tensor of weights: shape, and little-endian f32.
    pub fn floats(&mut self, name: &str, shape: &[usize], data: &[u8]) {
        let shape = shape.iter().map(|length| *length as i64);
        self.tensors.push(tensor(name, shape, FLOAT, data));
    }

    /// Adds a list of integers, as operators take shapes and places.
    pub fn integers(&mut self, name: &str, values: &[i64]) {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let tensor = tensor(name, [values.len() as i64].into_iter(), INT64, &data);
        self.tensors.push(tensor);
    }

    /// Declares an input, `[batch, shape..]`.
    pub fn input(&mut self, name: &str, shape: &[usize]) {
        self.inputs.push(value(name, shape));
    }

    /// Declares an output, `[batch, shape..]`.
    pub fn output(&mut self, name: &str, shape: &[usize]) {
        self.outputs.push(value(name, shape));
    }

    /// The model file; `metadata` says by names and words what the graph itself cannot.
    pub fn into_model(self, name: &str, description: &str, metadata: &[(&str, &str)]) -> Vec<u8> {
        let metadata = metadata
            .iter()
            .map(|(key, value)| Message::default().bytes(1, key).bytes(2, value));
        let graph = Message::default()
            .messages(1, self.nodes)
            .bytes(2, name)
            .messages(5, self.tensors)
            .messages(11, self.inputs)
            .messages(12, self.outputs);
        Message::default()
            .integer(1, FORMAT)
            .bytes(2, "stylewalk")
            .bytes(3, env!("CARGO_PKG_VERSION"))
            .bytes(6, description)
            .message(7, graph)
            .message(8, Message::default().bytes(1, "").integer(2, OPERATORS))
            .messages(14, metadata)
            .into_bytes()
    }
}

impl Attribute<'_> {
    fn message(&self) -> Message {
        let named = |name: &str| Message::default().bytes(1, name);
        match self {
            Self::Float(name, value) => named(name).float(2, *value).integer(20, ATTRIBUTE_FLOAT),
            Self::Int(name, value) => named(name).integer(3, *value).integer(20, ATTRIBUTE_INT),
            Self::Ints(name, values) => values
                .iter()
                .fold(named(name), |message, value| message.integer(8, *value))
                .integer(20, ATTRIBUTE_INTS),
        }
    }
}

/// `TensorProto`.
fn tensor(name: &str, shape: impl Iterator<Item = i64>, kind: i64, data: &[u8]) -> Message {
    shape
        .fold(Message::default(), |message, length| {
            message.integer(1, length)
        })
        .integer(2, kind)
        .bytes(8, name)
        .bytes(9, data)
}

/// `ValueInfoProto` of floats, the first axis of any length.
fn value(name: &str, shape: &[usize]) -> Message {
    let batch = Message::default().bytes(2, "batch");
    let fixed = shape
        .iter()
        .map(|length| Message::default().integer(1, *length as i64));
    let shape = Message::default().message(1, batch).messages(1, fixed);
    let tensor = Message::default().integer(1, FLOAT).message(2, shape);
    Message::default()
        .bytes(1, name)
        .message(2, Message::default().message(1, tensor))
}
