//! Tensors of the CPU as plain slices, and back.

use burn::backend::flex::FlexTensor;
use burn::tensor::TensorData;

/// A contiguous tensor.
pub(crate) struct Dense(FlexTensor);

impl Dense {
    pub fn new(tensor: FlexTensor) -> Self {
        Self(tensor.to_contiguous())
    }

    /// The values, in their order. Empty for a tensor that is not f32, which the operations do not accept.
    pub fn values(&self) -> &[f32] {
        self.0.as_slice().unwrap_or_default()
    }
}

/// `values` as a tensor of `shape`.
pub(crate) fn tensor(values: Vec<f32>, shape: impl Into<Vec<usize>>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.into()))
}
