//! Optimizers' mean gradients and mean squared gradients as a safetensors file, and back.

use burn::module::Module;
use burn::tensor::Device;

use crate::adam::{Adam, EXP_AVG, EXP_AVG_SQ, mean};
use crate::named::slots;
use crate::read::read_all;
use crate::weights::{self, Entry, ModelError, Precision, Tensors};

/// The contents of `file`: the state of all of `adams`, whose parameters' names differ.
///
/// # Errors
/// When the device fails.
pub(crate) async fn encode(file: &str, adams: &[&Adam]) -> Result<Vec<u8>, ModelError> {
    let state = adams.iter().flat_map(|adam| adam.state());
    let (names, tensors): (Vec<_>, Vec<_>) = state.unzip();
    let values = read_all(tensors).await.map_err(ModelError::device)?;
    let entries: Vec<_> = names
        .into_iter()
        .zip(values)
        .map(|(name, values)| Entry::floats(name, vec![values.len()], &values))
        .collect();
    weights::serialize(file, &entries)
}

/// What such a file holds.
pub(crate) struct Stored<'a> {
    file: &'static str,
    tensors: Tensors<'a>,
}

impl<'a> Stored<'a> {
    /// Reads the contents of `file`.
    ///
    /// # Errors
    /// When it is no safetensors file.
    pub fn parse(file: &'static str, bytes: &'a [u8]) -> Result<Self, ModelError> {
        let tensors = Tensors::open(file, bytes, Precision::F32)?;
        Ok(Self { file, tensors })
    }

    /// Gives `adam` the state of every parameter of `module` that is stored; a parameter without any has not trained.
    ///
    /// # Errors
    /// Names the tensor that is missing or wrong.
    pub fn restore<M: Module>(
        &self,
        adam: &mut Adam,
        prefix: &str,
        module: &M,
        device: &Device,
    ) -> Result<(), ModelError> {
        for slot in slots(module) {
            let name = format!("{prefix}.{}", slot.name);
            let count = slot.shape.iter().product();
            let read = |part: &str| {
                let name = format!("{name}.{part}");
                self.tensors.optional(&name, &[count])
            };
            if let Some(exp_avg) = read(EXP_AVG)? {
                let exp_avg_sq = read(EXP_AVG_SQ)?.ok_or_else(|| ModelError::TensorMissing {
                    file: self.file.to_owned(),
                    tensor: format!("{name}.{EXP_AVG_SQ}"),
                })?;
                adam.restore(name, mean(exp_avg, device), mean(exp_avg_sq, device));
            }
        }
        Ok(())
    }
}
