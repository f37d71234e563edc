//! `model.json`: what a model is, how it was made, how good it is, and which files hold it.

mod unnamed;

pub use unnamed::keep_directions;

use images::Fit;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::config::NetworkConfig;
use crate::cutout::{CutoutCard, Cutter, Preprocess};
use crate::latent::{Directions, Mixture};
use crate::neighbours::Neighbours;
use crate::networks::Part;
use crate::weights::{
    Dataset, FILES, ModelError, Precision, WeightFile, card_text, not_a_card, version,
};

/// The version of the directory's layout that this code reads and writes.
const FORMAT: u64 = 1;
/// The description's name.
const CARD: &str = "model.json";

/// The name of the file of directions.
const DIRECTIONS: &str = "directions.json";
/// The name of the file of photographs' codes.
const CODES: &str = "codes.safetensors";
/// The name of the file of photographs to compare with.
const NEIGHBOURS: &str = "neighbours.safetensors";
/// The names of the files of a network that tells kinds of garments apart.
const FEATURES: [&str; 2] = ["features.json", "classifier.safetensors"];

/// The description of a model. `T` is how the weights came to be, which only who trains reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelCard<T = serde_json::Value> {
    format: u64,
    /// A short name.
    pub name: String,
    /// The networks' settings.
    pub networks: NetworkConfig,
    /// How a photograph was made square for training; new ones are treated the same.
    pub fit: Fit,
    /// What new codes for G are drawn from.
    #[serde(default)]
    pub prior: Prior,
    /// How kernels are stored.
    pub dtype: Precision,
    /// How the weights came to be.
    pub training: T,
    /// What they were trained on.
    pub dataset: Dataset,
    /// How the model does on photographs it has not seen; absent until it was measured.
    pub evaluation: Option<Evaluation>,
    /// The file of directions, where the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    directions: Option<WeightFile>,
    /// The network that cuts garments out: the model sees the garment alone, on white. Without one it sees whole
    /// photographs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cutout: Option<CutoutCard>,
    /// The file with the distribution of photographs' codes, where the model has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    codes: Option<WeightFile>,
    /// A network that tells kinds of garments apart, which lies beside the model: its card and its weights. Empty where
    /// there is none. Nothing that the model itself does needs it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    features: Vec<WeightFile>,
    /// The file with the photographs that the model was trained on, small, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    neighbours: Option<WeightFile>,
    files: Vec<WeightFile>,
}

/// What new codes z are drawn from: G was trained on no others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Prior {
    /// Each number on its own, all of [-1, 1] alike: [`random::uniform`](crate::random::uniform).
    #[default]
    #[serde(rename = "uniform in [-1, 1]")]
    Uniform,
}

impl Prior {
    /// As `model.json` says it.
    pub const UNIFORM: &'static str = "uniform in [-1, 1]";
}

/// What a file of a model holds.
#[derive(Debug)]
pub enum Content {
    /// The numbers of one of the networks.
    Network(Part),
    /// The network that cuts out.
    Cutout(Cutter),
    /// Directions.
    Directions(Directions),
    /// The distribution of photographs' codes.
    Codes(Mixture),
    /// Photographs to compare with.
    Neighbours(Neighbours),
    /// A file of the network that tells kinds of garments apart, which only who takes gradients reads.
    Features,
}

/// Figures on photographs kept apart from training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    /// Photographs measured.
    pub images: u64,
    /// Mean over photographs of the reconstruction's PSNR, dB.
    pub psnr: f64,
    /// Mean over photographs of the reconstruction's SSIM.
    pub ssim: f64,
    /// Mean over photographs of the reconstruction's MS-SSIM at the three scales that 64x64 has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ms_ssim: Option<f64>,
    /// Mean L2 distance from a photograph to its reconstruction over that to another photograph's picture.
    pub l2_ratio: f64,
    /// Mean L2 distance from a drawn code z to E(G(z)) over that to another drawn code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latent_l2_ratio: Option<f64>,
    /// Mean L2 distance between samples over that between photographs; 0 when G makes one picture only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f64>,
    /// Mean gradient energy of reconstructions over that of photographs; below 1 is blurred.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpness_reconstruction: Option<f64>,
    /// Mean gradient energy of samples over that of photographs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpness_sample: Option<f64>,
    /// Share of the numbers of photographs' codes E(x) that lie outside [-1, 1], where the prior has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_outside_prior: Option<f64>,
    /// The largest eigenvalue of the covariance of photographs' codes; the prior has 1/3 everywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_variance_largest: Option<f64>,
    /// The smallest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_variance_smallest: Option<f64>,
    /// exp of the entropy of the eigenvalues' shares: how many directions the codes use.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub codes_effective_rank: Option<f64>,
    /// As `diversity`, of samples from codes like the photographs'.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diversity_like_photographs: Option<f64>,
    /// As `sharpness_sample`, of those.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sharpness_like_photographs: Option<f64>,
    /// D's mean probability for (x, E(x)).
    pub score_real: f64,
    /// D's mean probability for (G(E(x)), E(x)).
    pub score_reconstruction: f64,
    /// D's mean probability for (G(z), z).
    pub score_sample: f64,
}

impl<T: Serialize + DeserializeOwned> ModelCard<T> {
    /// What the files of a model may be called, beside its description.
    pub const NAMES: [&'static str; 9] = [
        FILES[0],
        FILES[1],
        FILES[2],
        DIRECTIONS,
        CODES,
        NEIGHBOURS,
        CutoutCard::FILE,
        FEATURES[0],
        FEATURES[1],
    ];

    /// Describes networks whose weight files, [`FILES`] in that order, have these contents.
    #[must_use]
    pub fn new(
        name: String,
        networks: NetworkConfig,
        dtype: Precision,
        fit: Fit,
        training: T,
        dataset: Dataset,
        contents: &[Vec<u8>; 3],
    ) -> Self {
        let files = FILES.iter().zip(contents);
        Self {
            format: FORMAT,
            name,
            networks,
            fit,
            prior: Prior::default(),
            dtype,
            training,
            dataset,
            evaluation: None,
            directions: None,
            cutout: None,
            codes: None,
            features: Vec::new(),
            neighbours: None,
            files: files
                .map(|(name, bytes)| WeightFile::of(name, bytes))
                .collect(),
        }
    }

    /// Reads a `model.json`.
    ///
    /// # Errors
    /// When it is not one, is of another format, asks for networks that cannot be built, or lists other files than
    /// a model has.
    pub fn parse(json: &[u8]) -> Result<Self, ModelError> {
        version(CARD, json, FORMAT)?;
        let card: Self = serde_json::from_slice(json).map_err(not_a_card(CARD))?;
        card.networks
            .validate()
            .map_err(|error| ModelError::Networks {
                card: CARD,
                field: "networks",
                error,
            })?;
        let names: Vec<&str> = card.files.iter().map(|file| file.name.as_str()).collect();
        if names != FILES {
            return Err(ModelError::Field {
                card: CARD,
                field: "files",
                reason: format!("it lists {names:?} where a model has {FILES:?}"),
            });
        }
        if let Some(cutout) = &card.cutout {
            cutout.validate(CARD)?;
        }
        Ok(card)
    }

    /// The card as the text of a `model.json`.
    ///
    /// # Errors
    /// When a figure in it is not a number.
    pub fn to_json(&self) -> Result<String, ModelError> {
        card_text(CARD, self)
    }

    /// The weight files, with their sizes and hashes.
    pub fn files(&self) -> &[WeightFile] {
        &self.files
    }

    /// The file of directions, where the model has one.
    pub fn directions_file(&self) -> Option<&WeightFile> {
        self.directions.as_ref()
    }

    /// Every file beside `model.json`, with its size and hash.
    pub fn all_files(&self) -> impl Iterator<Item = &WeightFile> {
        let cutout = self.cutout.as_ref().map(CutoutCard::file);
        let more = self.directions.iter().chain(&self.codes).chain(cutout);
        let photographs = self.features.iter().chain(&self.neighbours);
        self.files.iter().chain(more).chain(photographs)
    }

    /// How photographs become the pictures that the model was trained on, from the contents of its files in any order.
    ///
    /// # Errors
    /// Says how the file of the network that cuts out is damaged, or which tensor does not fit.
    pub fn preprocess(&self, files: &[(&str, &[u8])]) -> Result<Preprocess, ModelError> {
        let cutter = |card: &CutoutCard| {
            let bytes = content(files, card.file())?;
            card.file().check(CARD, bytes)?;
            card.cutter_checked(bytes).map(Into::into)
        };
        Ok(Preprocess {
            side: self.side(),
            fit: self.fit,
            cutter: self.cutout.as_ref().map(cutter).transpose()?,
        })
    }

    /// Gives the model these directions, and returns their file's name and bytes.
    ///
    /// # Errors
    /// When one holds a value that is not a number, or is not for this model's codes.
    pub fn set_directions(
        &mut self,
        directions: &Directions,
    ) -> Result<(&'static str, Vec<u8>), ModelError> {
        let text = card_text(DIRECTIONS, directions)?.into_bytes();
        self.parse_directions(DIRECTIONS, &text)?;
        self.directions = Some(WeightFile::of(DIRECTIONS, &text));
        Ok((DIRECTIONS, text))
    }

    /// The model's directions, from the contents of its files in any order; none where it has none.
    ///
    /// # Errors
    /// Says when the file is missing, truncated or damaged, or is for other codes.
    pub fn directions(&self, files: &[(&str, &[u8])]) -> Result<Option<Directions>, ModelError> {
        let Some(file) = &self.directions else {
            return Ok(None);
        };
        let bytes = content(files, file)?;
        file.check(CARD, bytes)?;
        self.parse_directions(&file.name, bytes).map(Some)
    }

    /// Gives the model the distribution of the codes of the photographs it was trained on, and returns its file's name
    /// and bytes.
    ///
    /// # Errors
    /// When it is not for this model's codes.
    pub fn set_codes(&mut self, codes: &Mixture) -> Result<(&'static str, Vec<u8>), ModelError> {
        let bytes = codes.encode(CODES)?;
        Mixture::decode(CODES, &bytes, self.networks.latent)?;
        self.codes = Some(WeightFile::of(CODES, &bytes));
        Ok((CODES, bytes))
    }

    /// The distribution of photographs' codes, from the contents of the model's files in any order; none where it has
    /// none.
    ///
    /// # Errors
    /// Says when the file is missing, truncated or damaged, or is for other codes.
    pub fn codes(&self, files: &[(&str, &[u8])]) -> Result<Option<Mixture>, ModelError> {
        let Some(file) = &self.codes else {
            return Ok(None);
        };
        let bytes = content(files, file)?;
        file.check(CARD, bytes)?;
        Mixture::decode(&file.name, bytes, self.networks.latent).map(Some)
    }

    /// Gives the model photographs that it was trained on, and returns their file's name and bytes.
    ///
    /// # Errors
    /// When their codes are not this model's.
    pub fn set_neighbours(
        &mut self,
        neighbours: &Neighbours,
    ) -> Result<(&'static str, Vec<u8>), ModelError> {
        let bytes = neighbours.encode(NEIGHBOURS)?;
        Neighbours::decode(NEIGHBOURS, &bytes, self.networks.latent)?;
        self.neighbours = Some(WeightFile::of(NEIGHBOURS, &bytes));
        Ok((NEIGHBOURS, bytes))
    }

    /// The photographs to compare with, from the contents of the model's files in any order; none where it has none.
    ///
    /// # Errors
    /// Says when the file is missing, truncated or damaged, or is for other codes.
    pub fn neighbours(&self, files: &[(&str, &[u8])]) -> Result<Option<Neighbours>, ModelError> {
        let Some(file) = &self.neighbours else {
            return Ok(None);
        };
        let bytes = content(files, file)?;
        file.check(CARD, bytes)?;
        Neighbours::decode(&file.name, bytes, self.networks.latent).map(Some)
    }

    /// Names the files of a network that tells kinds of garments apart, which will lie beside the model's.
    pub fn set_features(&mut self, files: &[(String, Vec<u8>)]) {
        let listed = files
            .iter()
            .map(|(name, bytes)| WeightFile::of(name, bytes));
        self.features = listed.collect();
    }

    /// The files of the network that tells kinds of garments apart; none where there is none beside the model.
    pub fn features_files(&self) -> &[WeightFile] {
        &self.features
    }

    /// The directions in the contents of their file, whose size and hash were found right.
    fn parse_directions(&self, name: &str, bytes: &[u8]) -> Result<Directions, ModelError> {
        let read = Directions::parse(bytes, self.networks.latent);
        read.map_err(|error| ModelError::Directions {
            file: name.to_owned(),
            error,
        })
    }

    /// What the file `name` holds, whose contents are `bytes` and whose hash `sha256` gives; the numbers of E, G and D
    /// are left in it.
    ///
    /// # Errors
    /// Says how the file is damaged, which tensor does not fit, or that the card names no such file.
    pub fn content(
        &self,
        name: &str,
        bytes: &[u8],
        sha256: impl FnOnce(&[u8]) -> String,
    ) -> Result<Content, ModelError> {
        let file = self.all_files().find(|file| file.name == name);
        let file = file.ok_or_else(|| ModelError::FileUnknown {
            card: CARD,
            file: name.to_owned(),
        })?;
        file.check_as(CARD, bytes, |_, bytes| sha256(bytes))?;
        let part = FILES.iter().zip(Part::ALL).find(|(file, _)| **file == name);
        if let Some((_, part)) = part {
            return Ok(Content::Network(part));
        }
        Ok(match &self.cutout {
            Some(cutout) if cutout.file().name == name => {
                Content::Cutout(cutout.cutter_checked(bytes)?)
            }
            _ if self.codes.as_ref() == Some(file) => {
                Content::Codes(Mixture::decode(name, bytes, self.networks.latent)?)
            }
            _ if self.neighbours.as_ref() == Some(file) => {
                Content::Neighbours(Neighbours::decode(name, bytes, self.networks.latent)?)
            }
            _ if self.features.contains(file) => Content::Features,
            _ => Content::Directions(self.parse_directions(name, bytes)?),
        })
    }

    /// Refuses files that are not those of the card. `sha256` gives a file's hash, in lower-case hexadecimal, by its
    /// name and contents: [`sha256`](crate::weights::sha256) does, and some platforms do it faster.
    ///
    /// # Errors
    /// Says which file is missing, truncated or damaged.
    pub fn check(
        &self,
        files: &[(&str, &[u8])],
        sha256: impl Fn(&str, &[u8]) -> String,
    ) -> Result<(), ModelError> {
        for file in self.all_files() {
            file.check_as(CARD, content(files, file)?, &sha256)?;
        }
        Ok(())
    }

    /// As [`check`](Self::check), of the weight files alone: the others may be on their way.
    ///
    /// # Errors
    /// Says which file is missing, truncated or damaged.
    pub fn check_weights(
        &self,
        files: &[(&str, &[u8])],
        sha256: impl Fn(&str, &[u8]) -> String,
    ) -> Result<(), ModelError> {
        for file in &self.files {
            file.check_as(CARD, content(files, file)?, &sha256)?;
        }
        Ok(())
    }

    /// The contents of the weight files, [`FILES`] in that order, out of a model's files in any order.
    ///
    /// # Errors
    /// Says which is missing.
    pub fn weights<'a>(&self, files: &[(&str, &'a [u8])]) -> Result<[&'a [u8]; 3], ModelError> {
        let mut contents = [&[][..]; 3];
        for (found, file) in contents.iter_mut().zip(&self.files) {
            *found = content(files, file)?;
        }
        Ok(contents)
    }

    /// Height and width of the model's pictures, in pixels.
    pub fn side(&self) -> usize {
        self.networks.side
    }
}

/// What is in one of a model's files.
fn content<'a>(files: &[(&str, &'a [u8])], file: &WeightFile) -> Result<&'a [u8], ModelError> {
    let found = files.iter().find(|(name, _)| *name == file.name);
    let found = found.ok_or_else(|| ModelError::FileMissing {
        card: CARD,
        file: file.name.clone(),
    });
    found.map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_what_codes_are_drawn_from() {
        let prior = serde_json::to_value(Prior::default()).unwrap();
        assert_eq!(prior, Prior::UNIFORM);
        let other = serde_json::from_str::<Prior>("\"normal\"");
        assert!(other.unwrap_err().to_string().contains(Prior::UNIFORM));
    }
}
