//! What JavaScript asks without a session: what a training can be asked for, and folders as archives and models.

use bigan::card;
use bigan::{LossWeights, Losses, Need, Preset, TERMS};
use js_sys::Array;
use serde_json::json;
use wasm_bindgen::prelude::*;
use web::borrowed;
use web::from_js::{described, named_files};
use web::to_js::pairs;

use crate::{CutoutFiles, WorkshopError, publish_run};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** cutout.json and the weights of the network that cuts garments out, where there is one. */
export type CutoutFiles = [Uint8Array, Uint8Array] | [];
/** A loss term: an entry of the list in crates/bigan/src/trainer/objective/list.rs. */
export interface LossTerm {
  /** In settings and reports. */
  key: string;
  /** As the paper writes it, or its name. */
  symbol: string;
  /** The paper's equation, or another source. */
  source: string;
  /** Of the native program. */
  flag: string;
  /** Unless another is chosen. */
  weight: number;
  /** One sentence for a person. */
  about: string;
  needsFeatures: boolean;
}
/** One of the paper's experiments, with a weight for each term's key. */
export interface Preset { name: string; weights: Record<string, number> }
/** What a training can be asked for; `losses` are the keys of what it reports, in order. */
export interface TrainingChoices { losses: string[]; terms: LossTerm[]; presets: Preset[] }
";

/// A zip archive of these files.
#[wasm_bindgen(js_name = packArchive)]
pub fn pack_archive(
    #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
) -> Result<Vec<u8>, WorkshopError> {
    Ok(web::pack(&named_files(&files))?)
}

/// A model's directory as a zip archive, with more directions: `kept` is the text of a file of them. `files` are all that
/// the model has.
#[wasm_bindgen(js_name = keepDirections)]
pub fn keep_directions(
    model_json: &[u8],
    #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
    kept: &[u8],
) -> Result<Vec<u8>, WorkshopError> {
    let mut files = named_files(&files);
    for (name, bytes) in card::keep_directions(model_json, &borrowed(&files), kept)? {
        files.retain(|(old, _)| old != name);
        files.push((name.to_owned(), bytes));
    }
    Ok(web::pack(&files)?)
}

/// A model directory's files, from a run's `config.json`, the files of a checkpoint, and those of its folder `cutout`.
#[wasm_bindgen(js_name = modelOfRun, unchecked_return_type = "NamedFile[]")]
pub async fn model_of_run(
    config: Vec<u8>,
    #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] checkpoint: Array,
    #[wasm_bindgen(unchecked_param_type = "CutoutFiles")] cutout: Array,
) -> Result<Array, WorkshopError> {
    let files = named_files(&checkpoint);
    let cutout = described(&cutout).map(|(card, weights)| CutoutFiles::new(&card, weights));
    let cutout = cutout.transpose()?;
    let published = publish_run(&config, &borrowed(&files), cutout.as_ref()).await;
    Ok(pairs(&published?))
}

/// `TrainingChoices` as JSON.
#[wasm_bindgen(js_name = trainingChoices)]
pub fn training_choices() -> String {
    let terms = TERMS.map(|term| {
        json!({
            "key": term.key,
            "symbol": term.symbol,
            "source": term.source,
            "flag": term.flag,
            "weight": term.default_weight,
            "about": term.about,
            "needsFeatures": term.needs.contains(&Need::Features),
        })
    });
    let presets = Preset::ALL.map(|preset| {
        let mut losses = LossWeights::default();
        preset.put_over(&mut losses);
        let weights = TERMS.map(|term| (term.key.to_owned(), term.weight_in(&losses).into()));
        json!({ "name": preset.name, "weights": serde_json::Map::from_iter(weights) })
    });
    json!({ "losses": Losses::KEYS, "terms": terms, "presets": presets }).to_string()
}
