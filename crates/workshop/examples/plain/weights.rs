//! Safetensors files with PyTorch's names into Burn's modules. The files are this benchmark's own, and f32.

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::{Tensor, TensorData};
use safetensors::SafeTensors;

/// `module` with every parameter and statistic as the safetensors file has it.
///
/// # Errors
/// Says what the file lacks.
pub fn load<M: Module>(module: M, bytes: &[u8]) -> Result<M, String> {
    let mut filling = Filling {
        file: SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?,
        path: Vec::new(),
        missing: None,
    };
    let module = module.map(&mut filling);
    match filling.missing {
        None => Ok(module),
        Some(name) => Err(format!("the file has no tensor {name}")),
    }
}

struct Filling<'a> {
    file: SafeTensors<'a>,
    path: Vec<String>,
    missing: Option<String>,
}

impl Filling<'_> {
    /// PyTorch calls a batch norm's gamma and beta weight and bias.
    fn name(&self) -> String {
        let name = self.path.join(".");
        name.replace(".gamma", ".weight").replace(".beta", ".bias")
    }

    fn values(&self, name: &str) -> Option<Vec<f32>> {
        let bytes = self.file.tensor(name).ok()?.data();
        let (numbers, _) = bytes.as_chunks::<4>();
        Some(
            numbers
                .iter()
                .map(|four| f32::from_le_bytes(*four))
                .collect(),
        )
    }
}

impl ModuleMapper for Filling<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.name();
        let Some(values) = self.values(&name) else {
            self.missing.get_or_insert(name);
            return param;
        };
        param.map(|old| {
            let device = old.device();
            let fresh = if D == 2 {
                // A linear layer's weight is [in, out] here and [out, in] there.
                let [inputs, outputs] = [old.dims()[0], old.dims()[1]];
                let data = TensorData::new(values, [outputs, inputs]);
                Tensor::<2>::from_data(data, &device)
                    .transpose()
                    .reshape(old.dims())
            } else {
                Tensor::from_data(TensorData::new(values, old.dims()), &device)
            };
            if old.is_require_grad() {
                fresh.require_grad()
            } else {
                fresh
            }
        })
    }
}
