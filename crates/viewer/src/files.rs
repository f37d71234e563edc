//! What JavaScript asks of files without a session: photographs to train on or to look at, pictures to save, and archives.

use images::{Limits, RgbImage};
use inference::RunError;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web::borrowed;
use web::from_js::named_files;
use web::to_js::{bytes, object, pairs, rgba, why_not};

use crate::{Preparation, ViewerError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** A photo to train on, RGB, 64x64, and why it is whole where a garment was looked for: a clause, otherwise empty. */
export interface PreparedPicture { picture: Uint8Array; notCutOut: string }
/** A photo, upright and in sRGB, made small to look at: RGBA, row by row. */
export interface Preview { pixels: Uint8ClampedArray; width: number; height: number }
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

/// Whether photographs of this kind are decoded here. Others are left to the browser, which hands over pixels.
#[wasm_bindgen(js_name = knowsPhoto)]
pub fn knows_photo(photo: &[u8]) -> bool {
    images::is_known(photo)
}

/// RGBA pixels, without their alpha, as a photograph's file.
#[wasm_bindgen(js_name = plainPhoto)]
pub fn plain_photo(
    #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] pixels: &[u8],
    width: u32,
    height: u32,
) -> Result<Vec<u8>, ViewerError> {
    Ok(images::png(&picture(pixels, width, height)?))
}

/// A photograph's file with its longer side at most `longest`, to look at.
#[wasm_bindgen(js_name = previewPhoto, unchecked_return_type = "Preview")]
pub fn preview_photo(photo: &[u8], longest: u32) -> Result<JsValue, ViewerError> {
    let photo = images::decode(photo, &Limits::default()).map_err(RunError::from)?;
    let small = images::thumbnail(&photo, longest);
    Ok(object([
        ("pixels", rgba(&small)),
        ("width", small.width().into()),
        ("height", small.height().into()),
    ]))
}

/// Square RGBA pictures of `side` pixels, one after the other, in rows of `columns` as a PNG file, each of their pixels as a square
/// of `factor`.
#[wasm_bindgen(js_name = pngOf)]
pub fn png_of(
    #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] pictures: &[u8],
    side: u32,
    factor: u32,
    columns: u32,
) -> Result<Vec<u8>, ViewerError> {
    let each = pictures.chunks(side as usize * side as usize * 4);
    let tiles = each.map(|pixels| picture(pixels, side, side));
    let tiles = tiles.collect::<Result<Vec<_>, _>>()?;
    let sheet = images::grid(&tiles, columns, 0);
    Ok(images::png(&images::enlarge(&sheet, factor)))
}

/// RGBA pixels without their alpha.
fn picture(pixels: &[u8], width: u32, height: u32) -> Result<RgbImage, ViewerError> {
    let rgb = pixels
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let picture = RgbImage::from_raw(width, height, rgb.collect());
    picture.ok_or(ViewerError::PixelCount(pixels.len(), width, height))
}

/// The files in a zip archive.
#[wasm_bindgen(js_name = unpackArchive, unchecked_return_type = "NamedFile[]")]
pub fn unpack_archive(archive: &[u8]) -> Result<Array, ViewerError> {
    Ok(pairs(&web::unpack(archive)?))
}
