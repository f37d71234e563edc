//! A photograph's code, improved a few steps at a time.

use bigan::Bigan;
use images::RgbImage;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web::to_js::{floats, object, rgba};

use super::{Session, features_files};
use crate::{Refining, WorkshopError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Where a refinement stands. */
export interface Refined {
  /** G(z), RGBA, 64x64. */
  picture: Uint8ClampedArray;
  /** z. */
  latent: Float32Array;
  /** D's probability, 0 to 1, that both belong to a photo. */
  probability: number;
  /** dB. */
  psnr: number;
  /** Steps taken since it began. */
  steps: number;
}
";

#[wasm_bindgen]
impl Session {
    /// Begins to improve the code `latent` of a picture of 64x64 RGBA pixels; with an H, L_H counts as well.
    #[wasm_bindgen(js_name = refineBegin)]
    pub fn refine_begin(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] original: &[u8],
        latent: &[f32],
        #[wasm_bindgen(unchecked_param_type = "FeaturesFiles")] features: Array,
    ) -> Result<(), WorkshopError> {
        let model = self.model()?;
        let device = &self.open.device;
        let networks = Bigan::load(&model.card, &model.borrowed(), device)?;
        let h = features_files(&features).map(|files| files.load(device));
        self.refining = Some(Refining::begin(
            &networks,
            h.transpose()?.as_ref(),
            rgb(original),
            latent,
            model.card.networks.latent,
            device,
        )?);
        Ok(())
    }

    /// Where the refinement stands after `count` steps more.
    #[wasm_bindgen(js_name = refineSteps, unchecked_return_type = "Refined")]
    pub async fn refine_steps(&mut self, count: u32) -> Result<JsValue, WorkshopError> {
        let refining = self.refining.as_mut();
        let refining = refining.ok_or(WorkshopError::NotBegun("refinement"))?;
        let made = refining.steps(count).await?;
        Ok(object([
            ("picture", rgba(&made.picture)),
            ("latent", floats(&made.latent)),
            ("probability", made.probability.into()),
            ("psnr", made.psnr.into()),
            ("steps", made.steps.into()),
        ]))
    }
}

/// A canvas's pixels without their alpha; a picture of another size becomes black.
fn rgb(pixels: &[u8]) -> RgbImage {
    let side = bigan::SIDE as u32;
    let bytes = pixels
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    RgbImage::from_raw(side, side, bytes.collect()).unwrap_or_else(|| RgbImage::new(side, side))
}
