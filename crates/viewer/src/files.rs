//! What JavaScript asks of files without a session: photographs to train on, and archives.

use js_sys::Array;
use wasm_bindgen::prelude::*;
use web::borrowed;
use web::from_js::named_files;
use web::to_js::{bytes, object, pairs, why_not};

use crate::{Preparation, ViewerError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** A photo to train on, RGB, 64x64, and why it is whole where a garment was looked for: a clause, otherwise empty. */
export interface PreparedPicture { picture: Uint8Array; notCutOut: string }
";

/// How photographs become pictures to train on.
#[wasm_bindgen]
pub struct PicturePreparation(Preparation);

#[wasm_bindgen]
impl PicturePreparation {
    /// As the model of this `model.json` sees them; of its files only that of the network that cuts out is read.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model_json: &[u8],
        #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
    ) -> Result<PicturePreparation, ViewerError> {
        let files = named_files(&files);
        Ok(Self(Preparation::new(model_json, &borrowed(&files))?))
    }

    /// A photograph's file as a picture to train on.
    #[wasm_bindgen(unchecked_return_type = "PreparedPicture")]
    pub fn picture(&self, photo: &[u8]) -> Result<JsValue, ViewerError> {
        let seen = self.0.picture(photo)?;
        Ok(object([
            ("picture", bytes(&seen.picture.into_raw())),
            ("notCutOut", why_not(seen.cut).into()),
        ]))
    }

    /// `count` drawn outfits as the bytes of pictures to train on.
    pub fn drawn(&self, first: u32, count: u32) -> Vec<u8> {
        self.0.drawn(u64::from(first), count)
    }
}

/// The files in a zip archive.
#[wasm_bindgen(js_name = unpackArchive, unchecked_return_type = "NamedFile[]")]
pub fn unpack_archive(archive: &[u8]) -> Result<Array, ViewerError> {
    Ok(pairs(&web::unpack(archive)?))
}
