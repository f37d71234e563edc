//! Files from JavaScript, with their hashes computed beside the program where the browser does that.

use std::collections::HashMap;

use bigan::weights::{hexadecimal, sha256};
use js_sys::{Array, Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::training::FeaturesFiles;
use crate::{CutoutFiles, ModelFiles, NamedFile, WebError};

#[wasm_bindgen]
extern "C" {
    /// Web Crypto's: several times as fast as wasm, and beside it. Pages that came over plain http have none.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], catch)]
    fn digest(algorithm: &str, bytes: &Uint8Array) -> Result<Promise, JsValue>;
}

/// A model directory: the bytes of `model.json`, and `[name, bytes]` of each weight file.
///
/// # Errors
/// Names the file or field that is wrong.
pub async fn model_files(model_json: &[u8], files: &Array) -> Result<ModelFiles, WebError> {
    let pairs: Vec<_> = files.iter().map(|pair| named(&pair)).collect();
    let begun: Vec<_> = pairs
        .iter()
        .map(|(name, bytes)| (name, digest("SHA-256", bytes)))
        .collect();
    let files = pairs.iter().map(copied).collect();
    let mut hashes = HashMap::new();
    for (name, digest) in begun {
        let hash = match digest {
            Ok(digest) => JsFuture::from(digest).await.ok(),
            Err(_) => None,
        };
        if let Some(hash) = hash {
            let hash = hexadecimal(&Uint8Array::new(&hash).to_vec());
            hashes.insert(name.as_str(), hash);
        }
    }
    ModelFiles::checked(model_json, files, |name, bytes| {
        let known = hashes.get(name).cloned();
        known.unwrap_or_else(|| sha256(bytes))
    })
}

/// `[name, bytes]` pairs.
pub(crate) fn named_files(files: &Array) -> Vec<NamedFile> {
    files.iter().map(|pair| copied(&named(&pair))).collect()
}

/// `[features.json, weights]`, if it is both.
pub(crate) fn features_files(pair: &Array) -> Option<FeaturesFiles> {
    let (card, weights) = described(pair)?;
    Some(FeaturesFiles { card, weights })
}

/// `[cutout.json, weights]`, if it is both.
pub(crate) fn cutout_files(pair: &Array) -> Result<Option<CutoutFiles>, WebError> {
    let files = described(pair).map(|(card, weights)| CutoutFiles::new(&card, weights));
    files.transpose()
}

/// A description and the weights that it describes.
fn described(pair: &Array) -> Option<(Vec<u8>, Vec<u8>)> {
    let bytes = |index| pair.get(index).dyn_into::<Uint8Array>().ok();
    Some((bytes(0)?.to_vec(), bytes(1)?.to_vec()))
}

fn copied((name, bytes): &(String, Uint8Array)) -> NamedFile {
    (name.clone(), bytes.to_vec())
}

/// `[name, bytes]`; anything else becomes an empty name, which no file of a model has.
fn named(pair: &JsValue) -> (String, Uint8Array) {
    let pair = Array::from(pair);
    let bytes = pair.get(1).dyn_into::<Uint8Array>();
    (
        pair.get(0).as_string().unwrap_or_default(),
        bytes.unwrap_or_else(|_| Uint8Array::new_with_length(0)),
    )
}
