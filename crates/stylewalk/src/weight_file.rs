//! Weight files of other programs, torch.save's or safetensors, whatever stands around the names of their tensors.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use bigan::weights::StoredTensors;
use safetensors::SafeTensors;

use crate::features::{TorchFile, is_torch_file};

/// Parts of names that PyTorch's wrappers add anywhere (data parallelism, compiling), and the keys of checkpoints.
const WRAPPERS: [&str; 7] = [
    "module",
    "_orig_mod",
    "_forward_module",
    "_fsdp_wrapped_module",
    "state_dict",
    "model_state_dict",
    "weights",
];
/// Names' beginnings by which trainings keep the one model they have.
const OUTER: [&str; 3] = ["model", "net", "params"];
/// Names that a message tells of those that a file has.
const TOLD: usize = 3;

/// An open weight file.
pub struct WeightFile<'a> {
    stored: Box<dyn StoredTensors + 'a>,
    /// The names in the file by what they are without wrappers: several where they differ in those alone.
    names: BTreeMap<String, Vec<String>>,
}

impl<'a> WeightFile<'a> {
    /// Opens what `bytes` hold.
    ///
    /// # Errors
    /// Neither format, or a damaged file.
    pub fn open(bytes: &'a [u8]) -> Result<Self> {
        if is_torch_file(bytes) {
            let file = TorchFile::open(bytes)?;
            let names = unwrapped(file.names());
            let stored = Box::new(file);
            return Ok(Self { stored, names });
        }
        let file = SafeTensors::deserialize(bytes).map_err(|error| {
            anyhow!("it is neither a safetensors file nor a torch.save file ({error})")
        })?;
        let names = unwrapped(file.names().into_iter());
        let stored = Box::new(file);
        Ok(Self { stored, names })
    }

    /// What the file's tensors are called, for whoever looked for another one.
    pub fn told(&self) -> String {
        let all: Vec<&String> = self.names.values().flatten().collect();
        let first: Vec<String> = all
            .iter()
            .take(TOLD)
            .map(|name| format!("`{name}`"))
            .collect();
        match (all.len(), all.len().saturating_sub(TOLD)) {
            (0, _) => "it holds no tensors".to_owned(),
            (_, 0) => format!("it holds {}", first.join(", ")),
            (_, more) => format!("it holds {} and {more} others", first.join(", ")),
        }
    }

    fn found(&self, name: &str) -> Result<&str, String> {
        match self.names.get(name).map(Vec::as_slice) {
            Some([only]) => Ok(only),
            Some([first, second, ..]) => Err(format!(
                "both `{first}` and `{second}` could be it; save only one of them"
            )),
            _ => Err("it holds no such tensor".to_owned()),
        }
    }
}

impl StoredTensors for WeightFile<'_> {
    fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.stored.shape(self.names.get(name)?.first()?)
    }

    fn values(&self, name: &str) -> Result<Vec<f32>, String> {
        self.stored.values(self.found(name)?)
    }
}

fn unwrapped<'a>(names: impl Iterator<Item = &'a str>) -> BTreeMap<String, Vec<String>> {
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for name in names {
        let parts = name.split('.').filter(|part| !WRAPPERS.contains(part));
        let inner: Vec<&str> = parts.skip_while(|part| OUTER.contains(part)).collect();
        found
            .entry(inner.join("."))
            .or_default()
            .push(name.to_owned());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use safetensors::tensor::{Dtype, TensorView};
    use std::path::PathBuf;

    fn torch(name: &str) -> Vec<u8> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden");
        std::fs::read(folder.join("torch_files").join(format!("{name}.pth"))).unwrap()
    }

    fn safetensors(names: &[&str]) -> Vec<u8> {
        let tensor = || TensorView::new(Dtype::F32, vec![1], &[0, 0, 128, 63]).unwrap();
        safetensors::serialize(names.iter().map(|name| (*name, tensor())), None).unwrap()
    }

    /// Those of make_torch_files.py.
    fn has_the_tensors(file: &WeightFile<'_>, before: &str) {
        for (name, shape, values) in [
            (
                "fc.weight",
                vec![2, 3],
                vec![0.5, -1.25, 2.0, 0.0, 8.0, -0.0625],
            ),
            ("fc.bias", vec![2], vec![1.5, -3.0]),
        ] {
            let name = format!("{before}{name}");
            assert_eq!(file.shape(&name), Some(shape), "{}", file.told());
            assert_eq!(file.values(&name), Ok(values), "{name}");
        }
    }

    #[test]
    fn every_pickle_protocol_and_type_of_number_is_read() {
        for name in [
            "protocol2",
            "protocol3",
            "protocol4",
            "protocol5",
            "half",
            "bfloat16",
            "double",
            "checkpoint",
        ] {
            let bytes = torch(name);
            let file = WeightFile::open(&bytes).unwrap_or_else(|error| panic!("{name}: {error}"));
            has_the_tensors(&file, "");
            let told = file.values("bn.num_batches_tracked").unwrap_err();
            assert!(told.contains("LongStorage"), "{told}");
        }
    }

    #[test]
    fn dicts_in_dicts_are_read_and_what_stands_beside_them_is_not() {
        let bytes = torch("networks");
        has_the_tensors(&WeightFile::open(&bytes).unwrap(), "generator.");
        let bytes = torch("checkpoint");
        let file = WeightFile::open(&bytes).unwrap();
        assert!(file.shape("optimizer.state.0.exp_avg").is_some());
    }

    #[test]
    fn a_whole_module_is_named_with_what_to_save_instead() {
        for name in ["module", "wrapped_module"] {
            let told = WeightFile::open(&torch(name)).err().unwrap().to_string();
            assert!(
                told.contains("`__main__.Generator`") && told.contains("model.state_dict()"),
                "{told}"
            );
        }
    }

    #[test]
    fn names_are_found_without_their_wrappers() {
        let bytes = safetensors(&[
            "module.generator.fc.weight",
            "generator._orig_mod.fc.bias",
            "state_dict.model.encoder.fc2.weight",
            "model.module.conv1",
            "ema.conv1",
        ]);
        let file = WeightFile::open(&bytes).unwrap();
        for name in [
            "generator.fc.weight",
            "generator.fc.bias",
            "encoder.fc2.weight",
            "conv1",
            "ema.conv1",
        ] {
            assert_eq!(file.values(name), Ok(vec![1.0]), "{name}");
        }
        assert_eq!(file.shape("fc.weight"), None);
        let told = file.told();
        assert!(
            told.contains("`ema.conv1`") && told.contains("and 2 others"),
            "{told}"
        );
    }

    #[test]
    fn two_tensors_that_could_be_meant_are_both_named() {
        let bytes = safetensors(&["module.fc", "_orig_mod.fc"]);
        let told = WeightFile::open(&bytes).unwrap().values("fc").unwrap_err();
        assert!(
            told.contains("`_orig_mod.fc`") && told.contains("`module.fc`"),
            "{told}"
        );
    }
}
