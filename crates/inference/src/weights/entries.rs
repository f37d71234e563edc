//! Tensors on their way into a safetensors file.

use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{ModelError, Precision, SCALE};

/// Kernels of fewer values stay f16 where others become int8: those nearest to the picture, whose rounding shows as noise
/// in it, and hardly any bytes.
const FEW: usize = 1 << 16;

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

    /// Of bytes that are no numbers.
    #[must_use]
    pub fn bytes(name: String, bytes: &[u8]) -> Self {
        Self {
            name,
            dtype: Dtype::U8,
            shape: vec![bytes.len()],
            data: bytes.to_vec(),
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
            Precision::F16 => vec![Self::halves(name, shape, values)],
            Precision::Int8 if values.len() < FEW => vec![Self::halves(name, shape, values)],
            Precision::Int8 => Self::quantized(name, shape, values, outputs),
        }
    }

    fn halves(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        let halves = values.iter().map(|value| f16::from_f32(*value));
        Self {
            name,
            dtype: Dtype::F16,
            shape,
            data: halves.flat_map(f16::to_le_bytes).collect(),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weights::Tensors;

    /// Values whose output channels differ in size by a factor of two from one to the next.
    fn values(shape: [usize; 4], outputs: usize) -> Vec<f32> {
        let count = shape.iter().product::<usize>();
        let channel = |at: usize| match outputs {
            0 => at / (shape[1] * shape[2] * shape[3]),
            _ => at / (shape[2] * shape[3]) % shape[1],
        };
        let value = |at: usize| {
            ((at * 7919 % 2003) as f32 / 1001.5 - 1.0) * 0.5_f32.powi(channel(at) as i32)
        };
        (0..count).map(value).collect()
    }

    #[test]
    fn int8_has_a_scale_for_each_output_channel_whichever_axis_that_is() {
        for (shape, outputs, scales) in [
            ([8, 400, 5, 5], 0, [8, 1, 1, 1]),
            ([400, 8, 5, 5], 1, [1, 8, 1, 1]),
        ] {
            let values = values(shape, outputs);
            let name = "conv.weight".to_owned();
            let entries = Entry::kernel(name, shape.to_vec(), &values, Precision::Int8, outputs);
            let bytes = serialize("file", &entries).unwrap();
            let tensors = Tensors::open("file", &bytes, Precision::Int8).unwrap();
            assert_eq!(tensors.shape("conv.weight.scale"), Some(scales.to_vec()));
            let back = tensors.get("conv.weight", &shape).unwrap();
            for (at, (a, b)) in values.iter().zip(&back).enumerate() {
                let channel = match outputs {
                    0 => at / (400 * 25),
                    _ => at / 25 % 8,
                };
                // Half a step of the channel's own scale.
                let most = 0.51 / 127.0 * 0.5_f32.powi(channel as i32);
                assert!((a - b).abs() <= most, "{at}: {b} instead of {a}");
            }
        }
    }

    #[test]
    fn files_with_scales_of_the_first_axis_stay_readable() {
        let (shape, name) = (vec![2, 3, 1, 1], "conv.weight".to_owned());
        let data = vec![1, 2, 3, 4, 5, 255];
        let scales = Entry::floats("conv.weight.scale".to_owned(), vec![2], &[0.5, 10.0]);
        let kernel = Entry {
            name,
            dtype: Dtype::I8,
            shape: shape.clone(),
            data,
        };
        let bytes = serialize("file", &[scales, kernel]).unwrap();
        let tensors = Tensors::open("file", &bytes, Precision::Int8).unwrap();
        let values = tensors.get("conv.weight", &shape).unwrap();
        assert_eq!(values, [0.5, 1.0, 1.5, 40.0, 50.0, -10.0]);
    }

    #[test]
    fn few_values_stay_half() {
        let shape = [3, 4, 5, 5];
        let values = values(shape, 0);
        let entries = Entry::kernel("a".to_owned(), shape.to_vec(), &values, Precision::Int8, 0);
        let bytes = serialize("file", &entries).unwrap();
        let tensors = Tensors::open("file", &bytes, Precision::Int8).unwrap();
        let back = tensors.get("a", &shape).unwrap();
        let near = values.iter().zip(&back).all(|(a, b)| (a - b).abs() < 5e-4);
        assert!(near && tensors.shape("a.scale").is_none());
    }
}
