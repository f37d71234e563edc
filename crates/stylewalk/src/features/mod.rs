//! H of equation 5 on disk: AlexNet's weights as torchvision publishes them, or a classifier that was trained here.

mod alexnet_file;
mod compare;
mod directory;
mod fetch;
mod frechet;
#[cfg(test)]
mod golden;
mod kernel_distance;
mod matrix;
mod torch_file;
mod train;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bigan::Features;
use bigan::burn::tensor::Device;

pub use compare::{Distances, compare};
pub use directory::{classifier, contents};
pub use fetch::{FetchFeaturesArgs, fetch};
pub use frechet::variances;
pub use torch_file::{TorchFile, is_torch_file};
pub use train::{TrainFeaturesArgs, train};

use crate::files;

/// Which H a command uses.
#[derive(clap::Args, Clone, Debug)]
pub struct FeaturesArgs {
    /// The network H that compares what pictures show: AlexNet's weights (torchvision's .pth, or the same tensors
    /// as .safetensors; see `stylewalk fetch-features`), or a directory from `stylewalk train-features`.
    #[arg(long, value_name = "PATH")]
    pub features: Option<PathBuf>,
    /// The sha256 that the file of --features must have, or its first 8 digits or more. A name that ends as torchvision's
    /// do, -7be5be79.pth, is checked without this.
    #[arg(long, value_name = "HEX", requires = "features", value_parser = hexadecimal)]
    pub features_sha256: Option<String>,
}

impl FeaturesArgs {
    /// Reads the network onto `device`. None without `--features`.
    pub fn load(&self, device: &Device) -> Result<Option<Features>> {
        let sha256 = self.features_sha256.as_deref();
        let path = self.features.as_deref();
        path.map(|path| load(path, sha256, device)).transpose()
    }
}

/// Reads the network in `path`, a directory of `train-features` or a file with AlexNet's weights, whose SHA-256 begins
/// with `sha256`.
pub fn load(path: &Path, sha256: Option<&str>, device: &Device) -> Result<Features> {
    let read = || {
        if path.is_dir() {
            directory::load(path, sha256, device)
        } else {
            alexnet_file::load(path, sha256, device)
        }
    };
    read().with_context(|| format!("the features in {} cannot be used", path.display()))
}

/// SHA-256 of the weights in `path`, in lower-case hexadecimal: of a file, or of the one that a directory's description
/// names.
pub fn fingerprint(path: &Path) -> Result<String> {
    let read = || -> Result<String> {
        let file = if path.is_dir() {
            directory::weights(path)?
        } else {
            path.to_owned()
        };
        files::sha256(&file).with_context(|| format!("could not read {}", file.display()))
    };
    read().with_context(|| format!("the features in {} cannot be used", path.display()))
}

fn hexadecimal(word: &str) -> Result<String, String> {
    let digits = word.bytes().all(|byte| byte.is_ascii_hexdigit());
    if digits && (8..=64).contains(&word.len()) {
        Ok(word.to_ascii_lowercase())
    } else {
        Err(format!("`{word}` is not 8 to 64 hexadecimal digits"))
    }
}
