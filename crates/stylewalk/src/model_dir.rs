//! Model directories on disk: `model.json` and the weight files beside it.

use std::path::Path;

use anyhow::{Context, Result};
use bigan::burn::tensor::Device;
use bigan::{Bigan, ModelCard};

use crate::files;

/// The name of the description.
const CARD: &str = "model.json";

/// Reads a model onto `device`.
pub fn load(folder: &Path, device: &Device) -> Result<(ModelCard, Bigan)> {
    let inner = || -> Result<(ModelCard, Bigan)> {
        let card = ModelCard::parse(&files::read(&folder.join(CARD))?)?;
        let mut contents = Vec::new();
        for file in card.files() {
            contents.push((file.name.as_str(), files::read(&folder.join(&file.name))?));
        }
        let contents: Vec<(&str, &[u8])> = contents
            .iter()
            .map(|(n, bytes)| (*n, bytes.as_slice()))
            .collect();
        let bigan = card.load(&contents, device)?;
        Ok((card, bigan))
    };
    inner().with_context(|| format!("the model in {} cannot be used", folder.display()))
}

/// Whether `folder` holds a model, so that replacing it loses nothing else.
pub fn is_model(folder: &Path) -> bool {
    folder.join(CARD).is_file()
}

/// Refuses to replace anything but a model.
pub fn check_out(folder: &Path) -> Result<()> {
    files::check_replaceable(folder, "a model", is_model)
}

/// Writes a model, replacing the one that was there as a whole.
pub fn save(folder: &Path, card: &ModelCard, weights: Vec<(&str, Vec<u8>)>) -> Result<()> {
    let mut contents = weights;
    contents.push((CARD, card.to_json()?.into_bytes()));
    files::write_dir(folder, &contents)
}
