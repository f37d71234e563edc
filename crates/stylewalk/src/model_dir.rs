//! Model directories on disk: `model.json` and the weight files beside it.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use bigan::burn::tensor::Device;
use bigan::cutout::Preprocess;
use bigan::latent::Mixture;
use bigan::weights::sha256;
use bigan::{Bigan, ModelCard};
use kernels::OpenDevice;
use serde_json::Value;

use crate::files;
use crate::networks::Networks;

/// The name of the description.
pub const CARD: &str = "model.json";

/// A model's files but its description: names and bytes.
pub type Contents = Vec<(String, Vec<u8>)>;

/// A model, ready to use.
pub struct Model {
    /// Its description.
    pub card: ModelCard,
    /// Its networks.
    pub networks: Networks,
    /// How photographs become what it sees.
    pub preprocess: Preprocess,
    /// What codes of photographs are like, where the model knows.
    pub codes: Option<Mixture>,
    /// The contents of its files.
    pub contents: Contents,
}

impl Model {
    /// Its networks as Burn's modules, for gradients.
    pub fn bigan(&self, device: &Device) -> Result<Bigan> {
        Ok(Bigan::load_checked(
            &self.card,
            &borrowed(&self.contents),
            device,
        )?)
    }
}

/// Reads a model onto a device.
pub fn load(folder: &Path, open: &OpenDevice) -> Result<Model> {
    let inner = || -> Result<Model> {
        let (card, contents) = read(folder)?;
        let borrowed = borrowed(&contents);
        card.check(&borrowed, |_, bytes| sha256(bytes))?;
        card.directions(&borrowed)?;
        Ok(Model {
            codes: card.codes(&borrowed)?,
            networks: Networks::published(&card, &borrowed, open)?,
            preprocess: card.preprocess(&borrowed)?,
            card,
            contents,
        })
    };
    inner().with_context(|| format!("the model in {} cannot be used", folder.display()))
}

/// Files with their names' own text.
pub fn owned<N: Into<String>>(files: Vec<(N, Vec<u8>)>) -> Contents {
    let named = files.into_iter().map(|(name, bytes)| (name.into(), bytes));
    named.collect()
}

/// Files as a card reads them.
pub fn borrowed(contents: &Contents) -> Vec<(&str, &[u8])> {
    let named = contents.iter();
    named
        .map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect()
}

/// Reads a model's files, unchecked.
pub fn read(folder: &Path) -> Result<(ModelCard, Contents)> {
    let card = ModelCard::parse(&files::read_in(folder, CARD)?)?;
    let mut contents = Contents::new();
    for file in card.all_files() {
        contents.push((file.name.clone(), files::read_in(folder, &file.name)?));
    }
    Ok((card, contents))
}

/// Writes the model with one more file beside it, or with that one in place of what was there.
pub fn save_with(
    folder: &Path,
    card: &ModelCard,
    mut contents: Contents,
    (name, bytes): (&str, Vec<u8>),
) -> Result<()> {
    contents.retain(|(old, _)| old != name);
    contents.push((name.to_owned(), bytes));
    save(folder, card, contents)
        .with_context(|| format!("{} keeps its old files", folder.display()))
}

/// Whether `folder` holds a model, so that replacing it loses nothing else.
pub fn is_model(folder: &Path) -> bool {
    files::exists_in(folder, CARD)
}

/// Refuses to write into `folder` where it holds anything but a model.
pub fn check_out(folder: &Path) -> Result<()> {
    files::check_replaceable(folder, "a model", is_model)?;
    files_of(folder).map(drop)
}

/// The files of the model in `folder`, its description included; none where there is no model.
fn files_of(folder: &Path) -> Result<Vec<String>> {
    if !is_model(folder) {
        return Ok(Vec::new());
    }
    // Of any version: it only tells whose the files are.
    let card: Value = serde_json::from_slice(&files::read_in(folder, CARD)?).unwrap_or_default();
    ensure!(
        card["networks"].is_object() && card["files"].is_array(),
        "{} is not the description of a model of stylewalk; name another --out",
        folder.join(CARD).display()
    );
    let weights = card["files"].as_array().into_iter().flatten();
    let more = [
        &card["directions"],
        &card["codes"],
        &card["cutout"]["file"],
        &card["neighbours"],
    ];
    let features = card["features"].as_array().into_iter().flatten();
    let listed = weights.chain(more).chain(features);
    let listed = listed.filter_map(|file| file["name"].as_str());
    // What a description names is nobody's order to remove it, wherever it lies.
    let listed = listed.filter(|name| ModelCard::NAMES.contains(name));
    Ok([CARD]
        .into_iter()
        .chain(listed)
        .map(str::to_owned)
        .collect())
}

/// Writes a model into `folder`, all new files at once. Those of a model that was there go; what else is there stays.
pub fn save<N: Into<String>>(
    folder: &Path,
    card: &ModelCard,
    contents: Vec<(N, Vec<u8>)>,
) -> Result<()> {
    let mut contents = owned(contents);
    contents.push((CARD.to_owned(), card.to_json()?.into_bytes()));
    let mut old = files_of(folder)?;
    for (name, _) in &contents {
        let path = folder.join(name);
        ensure!(
            old.contains(name) || !path.exists(),
            "{} would be replaced, but is no file of the model there; move it, or name another folder",
            path.display()
        );
    }
    files::write_into(folder, &contents)?;
    old.retain(|old| contents.iter().all(|(name, _)| name != old));
    for old in old {
        files::remove_if_there(&folder.join(old))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
