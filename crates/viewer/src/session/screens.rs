//! Canvases that a graphics device draws on by itself, without a picture being read back.

use compute::wgpu::SurfaceTarget;
use inference::InferenceError;
use inference::gpu::Screen;
use wasm_bindgen::prelude::*;
use web_sys::OffscreenCanvas;

use super::Session;
use crate::ViewerError;

#[wasm_bindgen]
impl Session {
    /// Whether [`show`](Self::show) draws by itself: on a graphics device, once the model is there.
    #[wasm_bindgen(getter)]
    pub fn draws(&self) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.graphics().is_some())
    }

    /// Takes a canvas that has no context yet, and returns its number. Only where [`draws`](Self::draws).
    #[wasm_bindgen(js_name = attachCanvas)]
    pub fn attach_canvas(&self, canvas: OffscreenCanvas) -> Result<u32, ViewerError> {
        let pipelines = self.pipelines.as_ref().filter(|_| self.draws());
        let pipelines = pipelines.ok_or(ViewerError::NoDrawing)?;
        let screen = Screen::new(pipelines, SurfaceTarget::OffscreenCanvas(canvas))?;
        let mut screens = self.screens.borrow_mut();
        let number = screens.last_key_value().map_or(0, |(last, _)| last + 1);
        screens.insert(number, screen);
        Ok(number)
    }

    /// Draws the pictures of codes on a canvas as a grid `columns` wide, and reads nothing back. The canvas becomes as
    /// large as the pictures. Returns when the device is done.
    pub async fn show(
        &self,
        canvas: u32,
        codes: Vec<f32>,
        columns: usize,
    ) -> Result<(), ViewerError> {
        Ok(self.draw(canvas, &codes, columns)?.await?)
    }
}

impl Session {
    /// The screens are borrowed only until the work is submitted: other calls may come while the device computes.
    fn draw(
        &self,
        canvas: u32,
        codes: &[f32],
        columns: usize,
    ) -> Result<impl Future<Output = Result<(), InferenceError>> + use<>, ViewerError> {
        let model = self.model()?;
        let graphics = model.graphics().ok_or(ViewerError::NoDrawing)?;
        let columns = columns.clamp(1, model.count(codes)?);
        let mut screens = self.screens.borrow_mut();
        let screen = screens
            .get_mut(&canvas)
            .ok_or(ViewerError::NoCanvas(canvas))?;
        Ok(graphics.show(screen, codes, columns)?)
    }
}
