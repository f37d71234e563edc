//! The network H of a run, as `config.json` names it: path and hash.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::Device;
use bigan::{Features, FeaturesSource, RunConfig};

use crate::features::{self, FeaturesArgs};

/// What the flags say, with the hash that the weights have now.
pub fn of(args: &FeaturesArgs) -> Result<Option<FeaturesSource>> {
    let Some(path) = &args.features else {
        return Ok(None);
    };
    let path = path
        .canonicalize()
        .with_context(|| format!("--features: there is no file or folder {}", path.display()))?;
    let sha256 = features::fingerprint(&path)?;
    let expected = args.features_sha256.as_deref().unwrap_or_default();
    ensure!(
        sha256.starts_with(expected),
        "the sha256 of {} is {sha256}, and --features-sha256 says {expected}",
        path.display()
    );
    Ok(Some(FeaturesSource { path, sha256 }))
}

/// Has `config` name the network in `path`, where that of the run lies now.
pub fn look_in(config: &mut RunConfig, path: &Path) -> Result<()> {
    let source = config.features.as_mut();
    let source =
        source.context("--features is given, but the run trains without such a network")?;
    let found = path.canonicalize();
    source.path =
        found.with_context(|| format!("--features: there is nothing in {}", path.display()))?;
    Ok(())
}

/// Reads the network, if it is still the one the run started with.
pub fn load(source: &FeaturesSource, device: &Device) -> Result<Features> {
    let path = source.path.display();
    ensure!(
        source.path.exists(),
        "the features are no longer in {path}, as config.json says; name the place where they are now with --features"
    );
    let found = features::fingerprint(&source.path)?;
    ensure!(
        found == source.sha256,
        "the features in {path} are not those that the run started with: their sha256 is {found}, and config.json says {}",
        source.sha256
    );
    features::load(&source.path, None, device)
}
