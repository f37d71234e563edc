//! From a network to safetensors bytes.

use burn::module::Module;
use inference::weights::{Entry, ModelError, Precision, serialize};

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
    let values = read_all(flat).await.map_err(ModelError::device)?;
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
            entries.extend(Entry::kernel(
                tensor.name,
                tensor.shape,
                &values,
                precision,
                tensor.outputs,
            ));
        }
    }
    serialize(file, &entries)
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
        let back = decode(Bigan::new(&config, &device), "all", &bytes, precision).unwrap();
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
