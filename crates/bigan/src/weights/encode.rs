//! From a network to safetensors bytes.

use burn::module::Module;
use half::f16;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use super::{ModelError, Precision, SCALE};
use crate::named::tensors;
use crate::read::read_all;

/// All tensors of `module` as a safetensors file, read from the device in one transfer.
///
/// # Errors
/// When the device fails, or a weight is not a number.
pub async fn encode<M: Module>(
    file: &str,
    module: &M,
    precision: Precision,
) -> Result<Vec<u8>, ModelError> {
    let named = tensors(module);
    let flat = named.iter().map(|tensor| tensor.values.clone());
    let values = read_all(flat).await?;
    let mut entries = Vec::new();
    for (tensor, values) in named.into_iter().zip(values) {
        if !values.iter().all(|value| value.is_finite()) {
            return Err(ModelError::TensorNotFinite {
                file: file.to_owned(),
                tensor: tensor.name,
            });
        }
        if tensor.shape.len() == 1 {
            entries.push(Entry::floats(tensor.name, tensor.shape, &values));
        } else {
            entries.extend(Entry::kernel(tensor.name, tensor.shape, &values, precision));
        }
    }
    serialize(file, &entries)
}

/// One tensor of a file to be written.
pub(crate) struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Entry {
    pub(crate) fn floats(name: String, shape: Vec<usize>, values: &[f32]) -> Self {
        Self {
            name,
            dtype: Dtype::F32,
            shape,
            data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    fn kernel(name: String, shape: Vec<usize>, values: &[f32], precision: Precision) -> Vec<Self> {
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
            Precision::Int8 => Self::quantized(name, shape, values),
        }
    }

    /// Symmetric int8: the largest value of each row becomes 127.
    fn quantized(name: String, shape: Vec<usize>, values: &[f32]) -> Vec<Self> {
        let rows = shape[0];
        let (mut scales, mut data) = (Vec::with_capacity(rows), Vec::with_capacity(values.len()));
        for row in values.chunks_exact((values.len() / rows).max(1)) {
            let largest = row.iter().fold(0f32, |largest, v| largest.max(v.abs()));
            let scale = if largest > 0.0 { largest / 127.0 } else { 1.0 };
            scales.push(scale);
            data.extend(row.iter().map(|v| (v / scale).round() as i8 as u8));
        }
        vec![
            Self::floats(format!("{name}{SCALE}"), vec![rows], &scales),
            Self {
                name,
                dtype: Dtype::I8,
                shape,
                data,
            },
        ]
    }
}

pub(crate) fn serialize(file: &str, entries: &[Entry]) -> Result<Vec<u8>, ModelError> {
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
    use crate::named::tensors;
    use crate::weights::decode;
    use crate::{Bigan, NetworkConfig};
    use burn::tensor::Device;
    use pollster::block_on;

    fn values(bigan: &Bigan) -> Vec<f32> {
        let flat = tensors(bigan).into_iter().map(|tensor| tensor.values);
        block_on(read_all(flat)).unwrap().concat()
    }

    /// The largest change of any weight through a file.
    fn worst(precision: Precision) -> f32 {
        let config = NetworkConfig {
            width: 2,
            latent: 3,
            stochastic: true,
            ..NetworkConfig::PAPER
        };
        let device = Device::flex();
        let bigan = Bigan::seeded(&config, 5, &device);
        let bytes = block_on(encode("all", &bigan, precision)).unwrap();
        let back = decode(config.init(&device), "all", &bytes, precision).unwrap();
        let pairs = values(&bigan).into_iter().zip(values(&back));
        pairs.fold(0f32, |worst, (a, b)| worst.max((a - b).abs()))
    }

    #[test]
    fn f32_is_exact_and_the_others_are_near() {
        assert_eq!(worst(Precision::F32), 0.0);
        let half = worst(Precision::F16);
        assert!(half > 0.0 && half < 1e-4, "{half}");
        let int8 = worst(Precision::Int8);
        // Half a step of the coarsest row: weights of deviation 0.02 reach some 0.09.
        assert!(int8 > 0.0 && int8 < 0.1 / 127.0 / 2.0 * 1.2, "{int8}");
    }
}
