//! Directories with a trained H: `features.json` and the weight file beside it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use bigan::Features;
use bigan::burn::tensor::Device;
use bigan::features::{Classifier, FeaturesCard};

use super::alexnet_file::check_hash;
use crate::files;
use crate::model_dir::Contents;
use crate::unfinished;

/// Reads the network in `folder`, whose weight file's SHA-256 begins with `sha256`.
pub fn load(folder: &Path, sha256: Option<&str>, device: &Device) -> Result<Features> {
    let card = FeaturesCard::parse(&files::read_in(folder, FeaturesCard::NAME)?)?;
    let name = &card.file().name;
    let bytes = files::read_in(folder, name)?;
    check_hash(name, &bytes, sha256)?;
    Ok(Features::classifier(card.load(&bytes, device)?))
}

/// The network in `folder` with the names of what it tells apart.
pub fn classifier(folder: &Path, device: &Device) -> Result<(Vec<String>, Classifier)> {
    let read = || -> Result<_> {
        let card = FeaturesCard::parse(&files::read_in(folder, FeaturesCard::NAME)?)?;
        let bytes = files::read_in(folder, &card.file().name)?;
        let network = card.load(&bytes, device)?;
        Ok((card.description.classes, network))
    };
    read().with_context(|| format!("the features in {} cannot be used", folder.display()))
}

/// The files of the network in `folder`, checked: their names and contents.
pub fn contents(folder: &Path) -> Result<Contents> {
    let read = || -> Result<_> {
        let text = files::read(&folder.join(FeaturesCard::NAME))?;
        let card = FeaturesCard::parse(&text)?;
        let name = &card.file().name;
        let bytes = files::read(&folder.join(name))?;
        card.file().check(FeaturesCard::NAME, &bytes)?;
        Ok(vec![
            (FeaturesCard::NAME.to_owned(), text),
            (name.clone(), bytes),
        ])
    };
    read().with_context(|| format!("the features in {} cannot be used", folder.display()))
}

/// Where the weights of the network in `folder` are.
pub fn weights(folder: &Path) -> Result<PathBuf> {
    let card = FeaturesCard::parse(&files::read_in(folder, FeaturesCard::NAME)?)?;
    Ok(folder.join(&card.file().name))
}

/// Whether `folder` holds a trained H or a training of one, so that replacing it loses nothing else.
pub fn is_features(folder: &Path) -> bool {
    files::exists_in(folder, FeaturesCard::NAME) || unfinished::is_in(folder)
}

/// Writes a trained H, replacing the one that was there as a whole; what else is there stays.
pub fn save(folder: &Path, card: &FeaturesCard, weights: Vec<u8>) -> Result<()> {
    let contents = [
        (card.file().name.as_str(), weights),
        (FeaturesCard::NAME, card.to_json()?.into_bytes()),
    ];
    files::write_into(folder, &contents)
}
