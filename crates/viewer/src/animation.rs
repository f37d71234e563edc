//! The GIF encoder for JavaScript, one picture at a time.

use images::{Animation, RgbImage};
use wasm_bindgen::prelude::*;

use crate::ViewerError;

/// A GIF that is being made.
#[wasm_bindgen]
pub struct GifAnimation {
    /// None once it was finished.
    animation: Option<Animation>,
    side: u32,
}

#[wasm_bindgen]
impl GifAnimation {
    /// Of square pictures of `side` pixels, each enlarged `factor` times and shown for `delay` hundredths of a second.
    #[wasm_bindgen(constructor)]
    pub fn new(side: u32, factor: u32, delay: u16) -> Result<GifAnimation, ViewerError> {
        Ok(Self {
            animation: Some(Animation::new(side, side, factor, delay)?),
            side,
        })
    }

    /// Adds a picture, RGBA.
    pub fn push(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8ClampedArray")] rgba: &[u8],
    ) -> Result<(), ViewerError> {
        let animation = self.animation.as_mut().ok_or(ViewerError::Finished)?;
        let rgb = rgba
            .chunks_exact(4)
            .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        let picture = RgbImage::from_raw(self.side, self.side, rgb.collect());
        let picture = picture.ok_or(ViewerError::PictureSize(self.side))?;
        Ok(animation.push(&picture)?)
    }

    /// The file's bytes. Nothing can be added afterwards.
    pub fn finish(&mut self) -> Result<Vec<u8>, ViewerError> {
        let animation = self.animation.take().ok_or(ViewerError::Finished)?;
        Ok(animation.finish()?)
    }
}
