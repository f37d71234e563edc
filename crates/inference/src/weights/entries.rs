//! Tensors on their way into a safetensors file.

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{ModelError, Precision, SCALE};

/// One tensor of a file to be written.
#[derive(Debug)]
pub struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Entry {
    /// Of f32 values.
    #[must_use]
    pub fn floats(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        Self {
            name,
            dtype: Dtype::F32,
            shape,
            data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    /// Of a kernel or matrix, stored as `precision`; `outputs` is the axis of its output channels, 0 or 1.
    #[must_use]
    pub fn kernel(
        name: String,
        shape: Vec<usize>,
        values: &[f32],
        precision: Precision,
        outputs: usize,
    ) -> Vec<Self> {
        match precision {
            Precision::F32 => vec![Self::floats(name, shape, values)],
            Precision::F16 => vec![Self {
                name,
                dtype: Dtype::F16,
                shape,
                data: values
                    .iter()
                    .flat_map(|v| f16::from_f32(*v).to_le_bytes())
                    .collect(),
            }],
            Precision::Int8 => Self::quantized(name, shape, values, outputs),
        }
    }

    /// Symmetric int8: the largest value of each output channel becomes 127.
    fn quantized(name: String, shape: Vec<usize>, values: &[f32], outputs: usize) -> Vec<Self> {
        let channels = shape[outputs];
        // Values that follow each other and belong to one channel.
        let together = shape[outputs + 1..].iter().product::<usize>().max(1);
        let runs = || values.chunks_exact(together).zip((0..channels).cycle());
        let mut largest = vec![0_f32; channels];
        for (run, channel) in runs() {
            largest[channel] = run
                .iter()
                .fold(largest[channel], |most, v| most.max(v.abs()));
        }
        let scale = |largest: f32| if largest > 0.0 { largest / 127.0 } else { 1.0 };
        let scales: Vec<f32> = largest.into_iter().map(scale).collect();
        let mut data = Vec::with_capacity(values.len());
        for (run, channel) in runs() {
            data.extend(
                run.iter()
                    .map(|v| (v / scales[channel]).round() as i8 as u8),
            );
        }
        let mut scale_shape = vec![1; shape.len()];
        scale_shape[outputs] = channels;
        vec![
            Self::floats(format!("{name}{SCALE}"), scale_shape, &scales),
            Self {
                name,
                dtype: Dtype::I8,
                shape,
                data,
            },
        ]
    }
}

/// The tensors as a safetensors file; `file` is for the messages.
///
/// # Errors
/// When the format cannot hold them.
pub fn serialize(file: &str, entries: &[Entry]) -> Result<Vec<u8>, ModelError> {
    let fail = |error: safetensors::SafeTensorError| ModelError::Safetensors {
        file: file.to_owned(),
        reason: error.to_string(),
    };
    let views: Vec<(&str, TensorView<'_>)> = entries
        .iter()
        .map(|e| {
            Ok((
                e.name.as_str(),
                TensorView::new(e.dtype, e.shape.clone(), &e.data)?,
            ))
        })
        .collect::<Result<_, _>>()
        .map_err(fail)?;
    safetensors::serialize(views, None).map_err(fail)
}
