//! A model's directions without labels, and keeping those that somebody has named.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{CARD, DIRECTIONS, ModelCard, content};
use crate::fold;
use crate::latent::{self, Direction, Directions};
use crate::layers::Networks;
use crate::weights::{FILES, ModelError, Tensors, card_text, not_a_card};

/// What a message calls directions that are not in a file yet.
const KEPT: &str = "the list of directions to keep";

impl<T: Serialize + DeserializeOwned> ModelCard<T> {
    /// The `count` directions along which G's first layer changes most; a step is a standard deviation of photographs'
    /// codes, where the model knows those. `files` are the contents of the model's files in any order.
    ///
    /// # Errors
    /// Says how a file is damaged, or that codes are too long for this.
    pub fn first_layer(
        &self,
        files: &[(&str, &[u8])],
        count: usize,
    ) -> Result<Vec<Direction>, ModelError> {
        let layers = Networks::new(&self.networks).generator;
        let (Some(layer), Some(file)) = (layers.first(), self.files.first()) else {
            return Ok(Vec::new());
        };
        let bytes = content(files, file)?;
        file.check(CARD, bytes)?;
        // The batch norm is a part of the layer: it, too, stands before the first activation.
        let numbers = fold(&Tensors::open(FILES[0], bytes, self.dtype)?, layer)?;
        let codes = self.codes(files)?;
        let latent = self.networks.latent;
        let found = latent::first_layer(&numbers.weight, latent, codes.as_ref(), count);
        found.map_err(ModelError::Unnamed)
    }

    /// The `count` main axes of photographs' codes; none where the model does not know those.
    ///
    /// # Errors
    /// As [`first_layer`](Self::first_layer).
    pub fn axes(
        &self,
        files: &[(&str, &[u8])],
        count: usize,
    ) -> Result<Vec<Direction>, ModelError> {
        match self.codes(files)? {
            Some(codes) => latent::axes(&codes, count).map_err(ModelError::Unnamed),
            None => Ok(Vec::new()),
        }
    }

    /// Both, `count` of each at most, without those that the model's own directions have already.
    ///
    /// # Errors
    /// As [`first_layer`](Self::first_layer).
    pub fn unnamed(&self, files: &[(&str, &[u8])], count: usize) -> Result<Directions, ModelError> {
        let own = self.directions(files)?;
        let own = own.map_or_else(Vec::new, |own| own.directions);
        let mut found = self.axes(files, count)?;
        found.extend(self.first_layer(files, count)?);
        found.retain(|one| !own.iter().any(|other| one.is_like(other)));
        Ok(self.found_without_labels(found))
    }

    /// Directions with the number of photographs that it took to find them: those that the codes are of.
    #[must_use]
    pub fn found_without_labels(&self, found: Vec<Direction>) -> Directions {
        let images = self.codes.as_ref().map_or(0, |_| self.dataset.images);
        Directions::new(self.networks.latent, images, found)
    }
}

/// Adds directions to a model's own. `kept` is the text of a file of directions, as [`unnamed`](ModelCard::unnamed) gave them
/// and somebody has named them. Returns what is new in the model's directory: `model.json` and the file of directions.
///
/// # Errors
/// The description is none, `kept` is no such text, names are missing or taken, or a file is damaged.
pub fn keep_directions(
    model_json: &[u8],
    files: &[(&str, &[u8])],
    kept: &[u8],
) -> Result<[(&'static str, Vec<u8>); 2], ModelError> {
    let mut card: ModelCard = ModelCard::parse(model_json)?;
    let kept = card.parse_directions(KEPT, kept)?;
    let own = card.directions(files)?;
    let none = || card.found_without_labels(Vec::new());
    let all = own.unwrap_or_else(none).with(kept.directions);
    let file = card.set_directions(&all.map_err(ModelError::Unnamed)?)?;
    // Only this of the description is new: a page's program need not carry what writes all of it.
    let mut described: Value = serde_json::from_slice(model_json).map_err(not_a_card(CARD))?;
    if let (Value::Object(fields), Some(file)) = (&mut described, &card.directions) {
        let listed = json!({ "name": file.name, "bytes": file.bytes, "sha256": file.sha256 });
        fields.insert("directions".to_owned(), listed);
    }
    let described = card_text(CARD, &described)?;
    Ok([(CARD, described.into_bytes()), file])
}

impl Directions {
    /// As the text of a file.
    ///
    /// # Errors
    /// When a value in it is not a number.
    pub fn to_json(&self) -> Result<String, ModelError> {
        card_text(DIRECTIONS, self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::{Gaussian, Kind};
    use crate::weights::{Dataset, Entry, Precision, serialize};
    use crate::{ModelCard, NetworkConfig};
    use images::Fit;

    const NETWORKS: NetworkConfig = NetworkConfig {
        width: 1,
        latent: 2,
        ..NetworkConfig::PAPER
    };

    /// A G whose first layer stretches the second number of a code by 2 before its batch norm, which stretches all by 3.
    fn generator() -> Vec<u8> {
        let layers = Networks::new(&NETWORKS).generator;
        let tensors: Vec<_> = layers.iter().flat_map(|layer| layer.tensors()).collect();
        let numbers = tensors.iter().map(|tensor| {
            let count = tensor.shape.iter().product::<usize>();
            match tensor.name.as_str() {
                "fc.weight" => [1.0, 0.0, 0.0, 2.0].repeat(count / 4),
                "bn0.weight" => vec![3.0; count],
                name if name.ends_with("running_var") => vec![1.0; count],
                _ => vec![0.0; count],
            }
        });
        let numbers: Vec<Vec<f32>> = numbers.collect();
        let entries: Vec<Entry> = tensors
            .iter()
            .zip(&numbers)
            .map(|(tensor, numbers)| {
                Entry::floats(tensor.name.clone(), tensor.shape.clone(), numbers)
            })
            .collect();
        serialize(FILES[0], &entries).unwrap()
    }

    /// A model, and the contents of the files that matter here.
    fn model(codes: bool) -> (ModelCard, Vec<(&'static str, Vec<u8>)>) {
        let generator = generator();
        let contents = [generator.clone(), Vec::new(), Vec::new()];
        let dataset = Dataset {
            name: "two by hand".to_owned(),
            licence: "CC0-1.0".to_owned(),
            images: 4,
        };
        let training = serde_json::Value::Null;
        let name = "small".to_owned();
        let f32 = Precision::F32;
        let mut card = ModelCard::new(name, NETWORKS, f32, Fit::Pad, training, dataset, &contents);
        let mut files = vec![(FILES[0], generator)];
        if codes {
            let photographs = [2.0, 2.0, -2.0, -2.0, 1.0, -1.0, -1.0, 1.0];
            let codes = Gaussian::of(&photographs, 2).unwrap().into();
            files.push(card.set_codes(&codes).unwrap());
        }
        (card, files)
    }

    fn borrowed<'a>(files: &'a [(&'static str, Vec<u8>)]) -> Vec<(&'a str, &'a [u8])> {
        let files = files.iter();
        files
            .map(|(name, bytes)| (*name, bytes.as_slice()))
            .collect()
    }

    fn names(directions: &[Direction]) -> Vec<&str> {
        directions.iter().map(|one| one.name.as_str()).collect()
    }

    #[test]
    fn a_model_that_knows_its_photographs_has_both_kinds() {
        let (card, files) = model(true);
        let found = card.unnamed(&borrowed(&files), 2).unwrap();
        let directions = &found.directions;
        assert_eq!(
            names(directions),
            ["axis 1", "axis 2", "layer 1", "layer 2"]
        );
        assert_eq!(found.images, 4);
        // Photographs vary by (16/3 + 4/3) / 2 in either number.
        let deviation = (10.0f32 / 3.0).sqrt();
        assert!(directions[2].step[0].abs() < 1e-6);
        assert!((directions[2].step[1] - deviation).abs() < 1e-5);
        assert!((directions[2].strength - 0.8).abs() < 1e-5);
    }

    #[test]
    fn any_other_model_has_those_of_its_first_layer() {
        let (card, files) = model(false);
        let found = card.unnamed(&borrowed(&files), 1).unwrap();
        assert_eq!(names(&found.directions), ["layer 1"]);
        assert_eq!(found.images, 0);
    }

    #[test]
    fn what_is_named_is_kept_and_not_found_again() {
        let (card, mut files) = model(true);
        let json = card.to_json().unwrap();
        let mut kept = card.unnamed(&borrowed(&files), 1).unwrap();
        kept.directions.truncate(1);
        kept.directions[0].name = "sleeves".to_owned();
        let text = kept.to_json().unwrap();
        let new = keep_directions(json.as_bytes(), &borrowed(&files), text.as_bytes());
        let [(_, json), file] = new.unwrap();
        files.push(file);
        let mut kept: ModelCard = ModelCard::parse(&json).unwrap();
        assert!(kept.directions_file().is_some());
        kept.directions = None;
        assert_eq!(kept, card, "nothing else of the description is new");
        let card: ModelCard = ModelCard::parse(&json).unwrap();
        let own = card.directions(&borrowed(&files)).unwrap().unwrap();
        assert_eq!(names(&own.directions), ["sleeves"]);
        assert_eq!((own.directions[0].kind, own.images), (Kind::Axis, 4));
        let rest = card.unnamed(&borrowed(&files), 2).unwrap();
        assert_eq!(names(&rest.directions), ["axis 2", "layer 1", "layer 2"]);
        let again = keep_directions(&json, &borrowed(&files), text.as_bytes());
        let said = again.unwrap_err().to_string();
        assert!(
            said.contains("`sleeves`") && said.contains("another name"),
            "{said}"
        );
    }

    #[test]
    fn damaged_weights_and_lists_are_refused_by_name() {
        let (card, mut files) = model(false);
        let json = card.to_json().unwrap();
        let said = keep_directions(json.as_bytes(), &borrowed(&files), b"{");
        assert!(said.unwrap_err().to_string().contains("directions to keep"));
        let last = files[0].1.last_mut().unwrap();
        *last ^= 1;
        let said = card.unnamed(&borrowed(&files), 1).unwrap_err().to_string();
        assert!(said.contains("generator.safetensors is damaged"), "{said}");
    }
}
