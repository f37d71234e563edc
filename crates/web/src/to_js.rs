//! Results and errors for JavaScript: plain objects, typed arrays, and `Error`s of one sentence.

use images::{NotFound, RgbImage, Square};
use js_sys::{Array, Float32Array, Object, Reflect, Uint8Array, Uint8ClampedArray};
use wasm_bindgen::prelude::*;

use crate::{NamedFile, WebError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** A file of a folder: its path with `/` between names, and its bytes. */
export type NamedFile = [string, Uint8Array];
";

impl From<WebError> for JsValue {
    fn from(error: WebError) -> Self {
        let thrown = js_sys::Error::new(&error.to_string());
        // After this one the page asks once more, on another device.
        if matches!(error, WebError::Device(_)) {
            thrown.set_name("DeviceError");
        }
        thrown.into()
    }
}

/// A plain object with these fields.
pub fn object<const N: usize>(fields: [(&str, JsValue); N]) -> JsValue {
    let object = Object::new();
    for (name, value) in fields {
        // A new object takes every field.
        let _ = Reflect::set(&object, &name.into(), &value);
    }
    object.into()
}

/// A picture as RGBA, as a canvas takes it.
pub fn rgba(image: &RgbImage) -> JsValue {
    let pixels: Vec<u8> = image
        .pixels()
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect();
    Uint8ClampedArray::from(pixels.as_slice()).into()
}

/// An array of pictures, each as RGBA.
pub fn all_rgba<'a>(images: impl IntoIterator<Item = &'a RgbImage>) -> JsValue {
    images.into_iter().map(rgba).collect::<Array>().into()
}

/// Why no garment was cut out of a photograph; empty where one was, or was not looked for.
pub fn why_not(cut: Option<Result<Square, NotFound>>) -> String {
    let missing = cut.and_then(Result::err);
    missing.map_or(String::new(), |why| why.to_string())
}

/// A `Float32Array`.
pub fn floats(values: &[f32]) -> JsValue {
    Float32Array::from(values).into()
}

/// A `Uint8Array`.
pub fn bytes(values: &[u8]) -> JsValue {
    Uint8Array::from(values).into()
}

/// `NamedFile[]`.
pub fn pairs(files: &[NamedFile]) -> Array {
    files
        .iter()
        .map(|(name, contents)| Array::of2(&name.into(), &bytes(contents)))
        .collect()
}
