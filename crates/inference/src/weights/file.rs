//! The weight files that a description lists: their names, sizes and hashes.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::ModelError;

/// The weight files of a model, in the order G, E, D.
pub const FILES: [&str; 3] = [
    "generator.safetensors",
    "encoder.safetensors",
    "discriminator.safetensors",
];

/// A weight file as `model.json` lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeightFile {
    /// Its name in the directory: one of [`FILES`] in a model's.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

impl WeightFile {
    /// A file with these contents.
    #[must_use]
    pub fn of(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            bytes: bytes.len() as u64,
            sha256: sha256(bytes),
        }
    }

    /// Refuses contents of another size or hash than `card` says.
    pub fn check(&self, card: &'static str, bytes: &[u8]) -> Result<(), ModelError> {
        self.check_as(card, bytes, |_, bytes| sha256(bytes))
    }

    /// As [`check`](Self::check), with hashes from `sha256`, which takes a file's name and contents.
    pub fn check_as(
        &self,
        card: &'static str,
        bytes: &[u8],
        sha256: impl FnOnce(&str, &[u8]) -> String,
    ) -> Result<(), ModelError> {
        let file = self.name.clone();
        if bytes.len() as u64 != self.bytes {
            return Err(ModelError::FileSize {
                card,
                file,
                expected: self.bytes,
                found: bytes.len() as u64,
            });
        }
        if sha256(&self.name, bytes) != self.sha256 {
            return Err(ModelError::FileHash { card, file });
        }
        Ok(())
    }
}

/// The SHA-256 of a file's contents, in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// A hash as cards write it.
#[must_use]
pub fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
