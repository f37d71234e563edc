//! Photographs to codes, and codes to pictures.

use images::{Subject, View};
use inference::networks::Judgement;
use inference::{Embedding, Sample};
use js_sys::Uint32Array;
use wasm_bindgen::prelude::*;

use web::rgb;
use web::to_js::{all_rgba, bytes, floats, object, rgba, why_not};

use super::Session;
use crate::ViewerError;

/// The side of a drawn outfit, larger than the networks' so that it goes a photograph's whole way.
const DRAWN_SIDE: u32 = 256;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** Pictures are RGBA, 64x64, row by row. */
export interface Reconstruction {
  /** The photo as the network sees it. */
  original: Uint8ClampedArray;
  /** Whether that is the garment alone, on white. */
  cutOut: boolean;
  /** Why it is not, where a garment was looked for: a clause. Otherwise empty. */
  notCutOut: string;
  /** G(E(photo)). */
  reconstruction: Uint8ClampedArray;
  /** E(photo). */
  latent: Float32Array;
  /** D's probability, 0 to 1, that the reconstruction and its code belong to a photo; undefined while D is not here. */
  probability: number | undefined;
  /** The same for the photo and its code. */
  probabilityOriginal: number | undefined;
  /** dB; infinity where the pictures are equal. */
  psnr: number;
}
/** Codes lie one after the other; probabilities are D's, 0 to 1, and undefined where it was not asked, or is not here. */
export interface Samples { images: Uint8ClampedArray[]; probabilities: Float32Array | undefined; codes: Float32Array }
/** What a pin holds of a photo: what the network sees of it, its code, and G's picture of that. */
export interface Embedding { original: Uint8ClampedArray; code: Float32Array; picture: Uint8ClampedArray }
/** Photographs that the model was trained on, the nearest first: their numbers among all, and how far their codes are. */
export interface Nearest { images: Uint8ClampedArray[]; numbers: Uint32Array; distances: Float32Array }
/** An outfit that the program has drawn, as a file. */
export interface DrawnOutfit { png: Uint8Array; label: string }
";

#[wasm_bindgen]
impl Session {
    /// A photograph file through E and G, judged by D. `view` is the part of the photograph that counts, all of it if left
    /// out: quarter turns clockwise, then a square's left, top and side as fractions of the longer side. A model that sees
    /// garments alone sees the background too if `whole`.
    #[wasm_bindgen(unchecked_return_type = "Reconstruction")]
    pub async fn reconstruct(
        &self,
        photo: Vec<u8>,
        view: Option<Vec<f64>>,
        whole: bool,
    ) -> Result<JsValue, ViewerError> {
        let view = view.as_deref().map(view_of).transpose()?;
        let (model, subject) = (self.model()?, subject(whole));
        let made = model.reconstruct(&photo, view.as_ref(), subject).await?;
        let probability = |of: fn(&Judgement) -> f32| made.judgement.as_ref().map(of);
        Ok(object([
            ("original", rgba(&made.original)),
            ("cutOut", matches!(made.cut, Some(Ok(_))).into()),
            ("notCutOut", why_not(made.cut).into()),
            ("reconstruction", rgba(&made.reconstruction)),
            ("latent", floats(&made.code)),
            ("probability", probability(|of| of.reconstruction).into()),
            ("probabilityOriginal", probability(|of| of.original).into()),
            ("psnr", made.psnr.into()),
        ]))
    }

    /// D's probabilities for a picture of 64x64 RGBA pixels with a code, and for G's picture of that code with it: of what is
    /// shown already when D comes.
    pub async fn judge(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] original: Vec<u8>,
        code: Vec<f32>,
    ) -> Result<Vec<f32>, ViewerError> {
        let model = self.model()?;
        let original = rgb(&original, model.card().side())?;
        let judged = model.judge(&original, &code).await?;
        Ok(vec![judged.original, judged.reconstruction])
    }

    /// A photograph file through E and G alone; `whole` as in [`reconstruct`](Self::reconstruct).
    #[wasm_bindgen(unchecked_return_type = "Embedding")]
    pub async fn embed(&self, photo: Vec<u8>, whole: bool) -> Result<JsValue, ViewerError> {
        let made = self.model()?.embed(&photo, subject(whole)).await?;
        Ok(embedding(&made))
    }

    /// A picture of 64x64 RGBA pixels, as the networks see a photo, through E and G.
    #[wasm_bindgen(unchecked_return_type = "Embedding")]
    pub async fn rebuild(
        &self,
        #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] picture: Vec<u8>,
    ) -> Result<JsValue, ViewerError> {
        let model = self.model()?;
        let picture = rgb(&picture, model.card().side())?;
        let made = model.embed_seen(picture).await?;
        Ok(embedding(&made))
    }

    /// `code`, moved along each of the model's directions by as many standard deviations as `amounts` says.
    pub fn shift(&self, code: &[f32], amounts: &[f32]) -> Result<Vec<f32>, ViewerError> {
        let model = self.model()?;
        let moved = model.directions().map(|all| all.apply(code, amounts));
        Ok(moved.unwrap_or_else(|| code.to_vec()))
    }

    /// `count` random pictures; the same for the same seed. Their codes are the prior's, or like photographs' where that is
    /// asked for.
    #[wasm_bindgen(unchecked_return_type = "Samples")]
    pub async fn sample(
        &self,
        seed: u32,
        count: usize,
        like_photographs: bool,
    ) -> Result<JsValue, ViewerError> {
        let (model, seed) = (self.model()?, u64::from(seed));
        let made = match like_photographs {
            true => model.sample_like(seed, count).await?,
            false => model.sample(seed, count).await?,
        };
        Ok(samples(&made))
    }

    /// The pictures of codes, one after the other; D judges them where that is asked for.
    #[wasm_bindgen(unchecked_return_type = "Samples")]
    pub async fn decode(&self, codes: Vec<f32>, judged: bool) -> Result<JsValue, ViewerError> {
        let made = self.model()?.decode(&codes, judged).await?;
        Ok(samples(&made))
    }

    /// The `count` photographs that the model was trained on whose codes are nearest to `code`.
    #[wasm_bindgen(unchecked_return_type = "Nearest")]
    pub fn nearest(&self, code: &[f32], count: usize) -> Result<JsValue, ViewerError> {
        let (near, pictures): (Vec<_>, Vec<_>) =
            self.model()?.nearest(code, count)?.into_iter().unzip();
        let numbers: Vec<u32> = near.iter().map(|one| one.number as u32).collect();
        let distances: Vec<f32> = near.iter().map(|one| one.distance).collect();
        Ok(object([
            ("images", all_rgba(&pictures)),
            ("numbers", Uint32Array::from(numbers.as_slice()).into()),
            ("distances", floats(&distances)),
        ]))
    }
}

/// A drawn outfit, for a visitor without a photograph. It needs no session.
#[wasm_bindgen(js_name = drawnOutfit, unchecked_return_type = "DrawnOutfit")]
pub fn drawn_outfit(seed: u32) -> JsValue {
    let outfit = outfits::outfit(u64::from(seed), DRAWN_SIDE);
    object([
        ("png", bytes(&images::png(&outfit.image))),
        ("label", outfit.label.into()),
    ])
}

fn embedding(made: &Embedding) -> JsValue {
    object([
        ("original", rgba(&made.original)),
        ("code", floats(&made.code)),
        ("picture", rgba(&made.picture)),
    ])
}

fn samples(made: &[Sample]) -> JsValue {
    let probabilities: Option<Vec<f32>> = made.iter().map(|sample| sample.probability).collect();
    let codes: Vec<f32> = made
        .iter()
        .flat_map(|sample| sample.code.iter().copied())
        .collect();
    object([
        ("images", all_rgba(made.iter().map(|sample| &sample.image))),
        ("probabilities", probabilities.as_deref().map(floats).into()),
        ("codes", floats(&codes)),
    ])
}

fn subject(whole: bool) -> Subject {
    match whole {
        true => Subject::Whole,
        false => Subject::Garment,
    }
}

/// `[turns, left, top, side]`.
fn view_of(numbers: &[f64]) -> Result<View, ViewerError> {
    let &[turns, left, top, side] = numbers else {
        return Err(ViewerError::NoView(numbers.len()));
    };
    Ok(View {
        turns: turns as u32,
        left,
        top,
        side,
    })
}
