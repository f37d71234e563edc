//! A photograph's code, improved a few steps at a time.

use bigan::Bigan;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web::rgb;
use web::to_js::{floats, object, rgba};

use super::{Session, features_files};
use crate::{Asked, CutoutFiles, Refined, Refining, WorkshopError};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Where a candidate of a refinement stands. */
export interface Candidate {
  /** G(z), RGBA, 64x64, or what two codes make together. */
  picture: Uint8ClampedArray;
  /** z, or what E makes of the picture of two codes. */
  latent: Float32Array;
  /** Whether two codes make the picture: one the part that something was asked for, one the rest. */
  mixed: boolean;
  /** D's probability, 0 to 1, that both belong to a photo. */
  probability: number;
  /** dB; of a photo that had the colour that was asked for. */
  psnr: number;
  /** H's probability, 0 to 1, that the picture is of the kind that was asked for; missing where none was. */
  kind?: number;
}
/** Where a refinement stands: the best candidate, and the others after it. */
export interface Refined extends Candidate {
  /** Steps taken since it began. */
  steps: number;
  others: Candidate[];
}
";

#[wasm_bindgen]
impl Session {
    /// Begins to improve the code `latent` of a picture of the model's size in RGBA; with an H, L_H counts as well.
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
            rgb(original, model.card.side())?,
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
        let Some((best, others)) = made.split_first() else {
            return Ok(JsValue::UNDEFINED);
        };
        let others: Array = others.iter().map(entries).map(object).collect();
        let [picture, latent, mixed, probability, psnr, kind] = entries(best);
        Ok(object([
            picture,
            latent,
            mixed,
            probability,
            psnr,
            kind,
            ("steps", refining.taken().into()),
            ("others", others.into()),
        ]))
    }

    /// Begins to look for a picture of 64x64 RGBA pixels with something else asked for. Masks are 64x64 bytes: where
    /// `keep` is 255 the picture stays, where `part` is its garment gets `colour` (red, green, blue), without one what may change or
    /// all of it; the garment gets the outline that `shape` fills, and becomes of `kind`, which the network in `features`
    /// knows. `others` are codes; for each of them there is one more candidate.
    #[wasm_bindgen(js_name = wish)]
    #[allow(
        clippy::too_many_arguments,
        reason = "JavaScript names them in one place"
    )]
    pub async fn wish(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] original: Vec<u8>,
        keep: Option<Vec<u8>>,
        part: Option<Vec<u8>>,
        colour: Option<Vec<u8>>,
        shape: Option<Vec<u8>>,
        kind: Option<String>,
        #[wasm_bindgen(unchecked_param_type = "FeaturesFiles")] features: Array,
        others: Vec<f32>,
    ) -> Result<(), WorkshopError> {
        let model = self.model()?;
        let device = &self.open.device;
        let files = model.borrowed();
        let networks = Bigan::load(&model.card, &files, device)?;
        let cutout = CutoutFiles::of(&model.card, &files)?;
        let cutout = cutout.map(|files| files.load(device)).transpose()?;
        let features = features_files(&features);
        let kind = kind
            .zip(features)
            .map(|(kind, files)| files.kind(&kind, device));
        let asked = Asked {
            keep,
            colour: colour
                .and_then(|colour| colour.try_into().ok())
                .map(|colour| (colour, part)),
            shape,
            kind: kind.transpose()?,
            others,
        };
        let latent = model.card.networks.latent;
        let original = rgb(&original, model.card.side())?;
        let begun = Refining::wishing(&networks, cutout.as_ref(), &original, asked, latent, device);
        self.refining = Some(begun.await?);
        Ok(())
    }
}

/// A `Candidate`.
fn entries(made: &Refined) -> [(&'static str, JsValue); 6] {
    [
        ("picture", rgba(&made.picture)),
        ("latent", floats(&made.latent)),
        ("mixed", made.mixed.into()),
        ("probability", made.probability.into()),
        ("psnr", made.psnr.into()),
        ("kind", made.kind.into()),
    ]
}
