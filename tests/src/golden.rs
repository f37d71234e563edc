//! The numbers of `tests/golden`, which `make_golden.py` wrote.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bigan::burn::tensor::{Device, Tensor, TensorData};
use half::f16;
use safetensors::{Dtype, SafeTensors};

/// A file of named tensors, as f32 whatever they are stored as.
#[derive(Debug)]
pub struct Numbers {
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

/// The contents of `tests/golden/CASE/NAME.safetensors`.
pub fn file(case: &str, name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("golden")
        .join(case);
    let path = folder.join(format!("{name}.safetensors"));
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl Numbers {
    /// Reads `tests/golden/CASE/NAME.safetensors`.
    pub fn read(case: &str, name: &str) -> Self {
        Self::parse(&file(case, name))
    }

    /// Reads safetensors bytes.
    pub fn parse(bytes: &[u8]) -> Self {
        let stored = SafeTensors::deserialize(bytes).unwrap();
        let tensors = stored
            .iter()
            .map(|(name, view)| {
                let values = values(view.dtype(), view.data());
                (name.to_owned(), (view.shape().to_vec(), values))
            })
            .collect();
        Self { tensors }
    }

    /// All names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The values of `name`.
    pub fn values(&self, name: &str) -> &[f32] {
        let found = self.tensors.get(name);
        &found.unwrap_or_else(|| panic!("no tensor `{name}`")).1
    }

    /// The tensor `name` on `device`.
    pub fn tensor<const D: usize>(&self, name: &str, device: &Device) -> Tensor<D> {
        let values = self.values(name).to_vec();
        Tensor::from_data(
            TensorData::new(values, self.tensors[name].0.clone()),
            device,
        )
    }
}

fn values(dtype: Dtype, data: &[u8]) -> Vec<f32> {
    match dtype {
        Dtype::U8 => data.iter().map(|byte| f32::from(*byte)).collect(),
        Dtype::F16 => data
            .chunks_exact(2)
            .map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32())
            .collect(),
        Dtype::F32 => data
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
            .collect(),
        other => panic!("golden numbers are not stored as {other:?}"),
    }
}
