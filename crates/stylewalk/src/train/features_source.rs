//! Which H a run uses: what its `config.json` says of it.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use bigan::Features;
use bigan::burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::features::{self, FeaturesArgs};

/// Where a run's H came from, so that a resumed run goes on with the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeaturesSource {
    /// As --features takes it.
    pub path: PathBuf,
    /// Of its weights, in lower-case hexadecimal.
    pub sha256: String,
}

impl FeaturesSource {
    /// What the flags say, with the hash that the weights have now.
    pub fn of(args: &FeaturesArgs) -> Result<Option<Self>> {
        let Some(path) = &args.features else {
            return Ok(None);
        };
        let path = path.canonicalize().with_context(|| {
            format!("--features: there is no file or folder {}", path.display())
        })?;
        let sha256 = features::fingerprint(&path)?;
        let expected = args.features_sha256.as_deref().unwrap_or_default();
        ensure!(
            sha256.starts_with(expected),
            "the sha256 of {} is {sha256}, and --features-sha256 says {expected}",
            path.display()
        );
        Ok(Some(Self { path, sha256 }))
    }

    /// Reads the network, if it is still the one the run began with.
    pub fn load(&self, device: &Device) -> Result<Features> {
        let path = self.path.display();
        let found = features::fingerprint(&self.path)?;
        ensure!(
            found == self.sha256,
            "the features in {path} are not those the run began with: their sha256 is {found}, and config.json says {}",
            self.sha256
        );
        features::load(&self.path, None, device)
    }
}
