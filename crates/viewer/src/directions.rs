//! Directions without labels, for JavaScript. They need a model's files and no session, so that a lost device loses nothing.

use inference::ModelCard;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web::borrowed;
use web::from_js::named_files;

use crate::ViewerError;

/// Up to `count` main axes of photographs' codes and as many directions of G's first layer, as the text of a file of
/// directions; without those that the model's own have already. Of the model's files those of G, of codes and of directions
/// are read.
#[wasm_bindgen(js_name = unnamedDirections)]
pub fn unnamed_directions(
    model_json: &[u8],
    #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
    count: usize,
) -> Result<Vec<u8>, ViewerError> {
    let card: ModelCard = ModelCard::parse(model_json)?;
    let files = named_files(&files);
    let found = card.unnamed(&borrowed(&files), count)?;
    Ok(found.to_json()?.into_bytes())
}
