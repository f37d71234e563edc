//! The reference batch of virtual batch normalization: the first batch that a training sees, for all of the training.

use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use crate::networks::Statistics;
use crate::parameters::flat;
use crate::read::read_all;
use crate::weights::{self, Entry, ModelError, Precision, Tensors};
use inference::NetworkConfig;

/// Which networks normalize by a reference batch instead of by the batch they are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualBatchNorm {
    /// G, as in the source, which finds it too expensive for D.
    pub generator: bool,
    /// D.
    pub discriminator: bool,
}

impl VirtualBatchNorm {
    /// Whether neither does.
    pub fn is_off(&self) -> bool {
        *self == Self::default()
    }
}

impl std::str::FromStr for VirtualBatchNorm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (generator, discriminator) = match text {
            "none" => (false, false),
            "generator" => (true, false),
            "discriminator" => (false, true),
            "both" => (true, true),
            other => {
                return Err(format!(
                    "`{other}` is none of none, generator, discriminator and both"
                ));
            }
        };
        Ok(Self {
            generator,
            discriminator,
        })
    }
}

/// The reference batch.
#[derive(Debug, Clone)]
pub(crate) struct Reference {
    /// For D: `[rows, 3, 64, 64]`.
    pub pictures: Tensor<4>,
    /// For G: `[rows, latent]`.
    pub codes: Tensor<2>,
}

impl Reference {
    /// As a safetensors file.
    pub(crate) async fn encode(&self, file: &str) -> Result<Vec<u8>, ModelError> {
        let tensors = [flat(self.pictures.clone()), flat(self.codes.clone())];
        let shapes = [self.pictures.dims().to_vec(), self.codes.dims().to_vec()];
        let values = read_all(tensors).await.map_err(ModelError::device)?;
        let entries: Vec<_> = [PICTURES, CODES]
            .into_iter()
            .zip(shapes)
            .zip(values)
            .map(|((name, shape), values)| Entry::floats(name.to_owned(), shape, &values))
            .collect();
        weights::serialize(file, &entries)
    }

    /// From a safetensors file.
    pub(crate) fn decode(
        file: &str,
        bytes: &[u8],
        &NetworkConfig { latent, side, .. }: &NetworkConfig,
        device: &Device,
    ) -> Result<Self, ModelError> {
        let tensors = Tensors::open(file, bytes, Precision::F32)?;
        let shape = tensors.shape(PICTURES);
        let rows = shape.map_or(1, |shape| shape.first().map_or(1, |rows| (*rows).max(1)));
        let tensor = |name: &str, shape: &[usize]| {
            let values = tensors.get(name, shape)?;
            Ok::<_, ModelError>(TensorData::new(values, shape.to_vec()))
        };
        let pictures = tensor(PICTURES, &[rows, 3, side, side])?;
        let codes = tensor(CODES, &[rows, latent])?;
        Ok(Self {
            pictures: Tensor::from_data(pictures, device),
            codes: Tensor::from_data(codes, device),
        })
    }
}

const PICTURES: &str = "pictures";
const CODES: &str = "codes";

/// `input` `[batch, ..]` with the `reference` `[rows, ..]`, where there is one, before it; and the statistics that batch
/// norms take of both, which enter the running ones as `statistics` would; without a reference, those.
pub(crate) fn with_reference<const D: usize>(
    reference: Option<&Tensor<D>>,
    input: Tensor<D>,
    statistics: Statistics,
) -> (Tensor<D>, Statistics) {
    match reference {
        Some(reference) => {
            let rows = reference.dims()[0];
            let both = Tensor::cat(vec![reference.clone(), input], 0);
            let record = matches!(statistics, Statistics::Record);
            (both, Statistics::Reference { rows, record })
        }
        None => (input, statistics),
    }
}
