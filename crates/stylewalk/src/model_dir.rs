//! Model directories on disk: `model.json` and the weight files beside it.

use std::path::Path;

use anyhow::{Context, Result};
use bigan::burn::tensor::Device;
use bigan::latent::Gaussian;
use bigan::{Bigan, ModelCard};

use crate::files;

/// The name of the description.
const CARD: &str = "model.json";

/// A model's files but its description: names and bytes.
pub type Contents = Vec<(String, Vec<u8>)>;

/// Reads a model onto `device`.
pub fn load(folder: &Path, device: &Device) -> Result<(ModelCard, Bigan)> {
    let (card, bigan, _) = load_whole(folder, device)?;
    Ok((card, bigan))
}

/// Reads a model onto `device`, and returns the contents of its files as well.
pub fn load_whole(folder: &Path, device: &Device) -> Result<(ModelCard, Bigan, Contents)> {
    let inner = || -> Result<(ModelCard, Bigan, Contents)> {
        let (card, contents) = read(folder)?;
        let borrowed: Vec<(&str, &[u8])> = contents
            .iter()
            .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
            .collect();
        card.directions(&borrowed)?;
        card.codes(&borrowed)?;
        let bigan = card.load(&borrowed, device)?;
        Ok((card, bigan, contents))
    };
    inner().with_context(|| format!("the model in {} cannot be used", folder.display()))
}

/// Reads a model's files, unchecked.
pub fn read(folder: &Path) -> Result<(ModelCard, Contents)> {
    let card = ModelCard::parse(&files::read(&folder.join(CARD))?)?;
    let mut contents = Contents::new();
    let more = card.directions_file().into_iter().chain(card.codes_file());
    for file in card.files().iter().chain(more) {
        contents.push((file.name.clone(), files::read(&folder.join(&file.name))?));
    }
    Ok((card, contents))
}

/// The distribution of photographs' codes in the `contents` of a model, where it has one.
pub fn codes(card: &ModelCard, contents: &Contents) -> Result<Option<Gaussian>> {
    let borrowed: Vec<(&str, &[u8])> = contents
        .iter()
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect();
    Ok(card.codes(&borrowed)?)
}

/// Whether `folder` holds a model, so that replacing it loses nothing else.
pub fn is_model(folder: &Path) -> bool {
    folder.join(CARD).is_file()
}

/// Refuses to write `folder` where it holds anything but a model.
pub fn check_out(folder: &Path) -> Result<()> {
    files::check_replaceable(folder, "a model", is_model)
}

/// Writes a model, replacing the one that was there as a whole.
pub fn save<N: Into<String>>(
    folder: &Path,
    card: &ModelCard,
    contents: Vec<(N, Vec<u8>)>,
) -> Result<()> {
    let contents = contents.into_iter();
    let mut contents: Contents = contents.map(|(name, bytes)| (name.into(), bytes)).collect();
    contents.push((CARD.to_owned(), card.to_json()?.into_bytes()));
    files::write_dir(folder, &contents)
}
