//! Model directories in memory, to be loaded whole or damaged first.

use std::path::Path;

use bigan::burn::module::Module;
use bigan::burn::tensor::Device;
use bigan::card::Training;
use bigan::weights::{self, Dataset, FILES};
use bigan::{Bigan, ModelCard, ModelError, NetworkConfig, Precision, TrainerConfig};
use images::Fit;
use pollster::block_on;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The smallest networks that still have every layer.
pub const TINY: NetworkConfig = NetworkConfig {
    width: 2,
    latent: 6,
    ..NetworkConfig::PAPER
};

/// A model directory: `model.json` and the weight files' contents, in the order of [`FILES`].
#[derive(Debug, Clone)]
pub struct Model {
    /// `model.json`.
    pub card: Value,
    /// G, E and D.
    pub files: [Vec<u8>; 3],
}

impl Model {
    /// Freshly drawn networks of `config`.
    pub fn drawn(config: NetworkConfig, precision: Precision) -> Self {
        Self::pack(
            &Bigan::seeded(&config, 3, &Device::flex()),
            config,
            precision,
        )
    }

    /// `bigan`, which is of `config`, as a model directory.
    pub fn pack(bigan: &Bigan, config: NetworkConfig, precision: Precision) -> Self {
        let training = Training {
            config: TrainerConfig {
                networks: config,
                ..Default::default()
            },
            batch: 1,
            steps: 0,
            seed: 3,
            flips: false,
            device: "none".into(),
        };
        let dataset = Dataset {
            name: "nothing".into(),
            licence: "CC0-1.0".into(),
            images: 0,
        };
        let packed = bigan.pack("tiny".into(), precision, Fit::Pad, training, dataset);
        let (card, files) = block_on(packed).unwrap();
        let files: Vec<Vec<u8>> = files.into_iter().map(|(_, bytes)| bytes).collect();
        Self {
            card: serde_json::to_value(&card).unwrap(),
            files: files.try_into().unwrap(),
        }
    }

    /// Replaces a weight file and tells `model.json` of it, so that only what is inside can be wrong.
    pub fn replace(&mut self, file: usize, bytes: Vec<u8>) {
        let entry = &mut self.card["files"][file];
        assert_eq!(entry["name"], FILES[file]);
        entry["bytes"] = json!(bytes.len());
        entry["sha256"] = json!(sha256(&bytes));
        self.files[file] = bytes;
    }

    /// Writes the model as a directory.
    pub fn write(&self, folder: &Path) {
        std::fs::create_dir_all(folder).unwrap();
        std::fs::write(folder.join("model.json"), self.card.to_string()).unwrap();
        for (name, bytes) in FILES.into_iter().zip(&self.files) {
            std::fs::write(folder.join(name), bytes).unwrap();
        }
    }

    /// Loads the model on `device` through the public door.
    pub fn load(&self, device: &Device) -> Result<Bigan, ModelError> {
        let card = ModelCard::parse(self.card.to_string().as_bytes())?;
        let files: Vec<(&str, &[u8])> = FILES
            .into_iter()
            .zip(self.files.iter().map(Vec::as_slice))
            .collect();
        Bigan::load(&card, &files, device)
    }
}

/// A network's exact bytes: every parameter and running statistic.
pub fn bytes<M: Module>(network: &M) -> Vec<u8> {
    block_on(weights::encode("network", network, Precision::F32)).unwrap()
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
