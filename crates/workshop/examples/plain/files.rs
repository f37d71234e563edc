//! Weight files as JavaScript hands them over.

use burn::module::Module;
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsError};

use crate::weights;

/// `module` with the weights of `name`.safetensors, of `files` given as `[name, bytes]`.
pub fn load<M: Module>(module: M, files: &Array, name: &str) -> Result<M, JsError> {
    let bytes = files
        .iter()
        .map(|pair| Array::from(&pair))
        .find_map(|pair| {
            let bytes = pair.get(1).dyn_into::<Uint8Array>().ok()?;
            (pair.get(0).as_string()? == format!("{name}.safetensors")).then(|| bytes.to_vec())
        });
    let bytes = bytes.ok_or_else(|| JsError::new(&format!("{name} was not handed over")))?;
    weights::load(module, &bytes).map_err(|error| JsError::new(&error))
}
