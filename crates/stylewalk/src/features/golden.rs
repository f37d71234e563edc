//! The numbers of `tests/golden/metrics`, which `make_metrics.py` wrote.

use std::path::PathBuf;

use safetensors::SafeTensors;

fn read(file: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/golden/metrics");
    std::fs::read(folder.join(file)).unwrap()
}

/// One of the sets of features.
pub fn set(name: &str) -> Vec<Vec<f32>> {
    let bytes = read("features.safetensors");
    let stored = SafeTensors::deserialize(&bytes).unwrap();
    let view = stored.tensor(name).unwrap();
    let values = view.data().chunks_exact(4);
    let values: Vec<f32> = values
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect();
    values
        .chunks_exact(view.shape()[1])
        .map(<[f32]>::to_vec)
        .collect()
}

/// One of the figures.
pub fn figure(name: &str) -> f64 {
    let bytes = read("expected.safetensors");
    let stored = SafeTensors::deserialize(&bytes).unwrap();
    f64::from_le_bytes(stored.tensor(name).unwrap().data().try_into().unwrap())
}
