//! What `cargo xtask bench web` times of this project's inference: the page's networks without photographs, judgements and
//! canvases, so that other programs can be asked for the same. Built as a module of its own, beside the page.
#![cfg(target_family = "wasm")]

use std::rc::Rc;

use inference::gpu::Pipelines;
use inference::weights::{hexadecimal, sha256};
use inference::{Model, ModelCard};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::prelude::*;

/// One device, and the model on it.
#[wasm_bindgen]
pub struct Contestant {
    pipelines: Option<Rc<Pipelines>>,
    model: Option<Model>,
}

#[wasm_bindgen]
impl Contestant {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Contestant, JsError> {
        let gpu = viewer::open_device(&device).await?;
        Ok(Self {
            pipelines: gpu.map(|gpu| Rc::new(Pipelines::new(gpu))),
            model: None,
        })
    }

    /// Has the device compile what the model described by `model.json` needs, as the page does while weights download.
    pub fn prepare(&mut self, card: &[u8]) -> Result<(), JsError> {
        let card = ModelCard::parse(card)?;
        self.model = Some(Model::new(card, self.pipelines.clone())?);
        Ok(())
    }

    /// Loads a model directory: the bytes of `model.json`, and `[name, bytes]` of each weight file.
    pub async fn load(&mut self, card: Vec<u8>, files: Array) -> Result<(), JsError> {
        self.prepare(&card)?;
        for pair in files.iter().map(|pair| Array::from(&pair)) {
            let name = pair.get(0).as_string().unwrap_or_default();
            let bytes = Uint8Array::new(&pair.get(1));
            let hash = web::from_js::sha256(&bytes).await;
            let hash = hash.map(|hash| hexadecimal(&hash));
            let model = self.model.as_mut();
            let model = model.ok_or_else(|| JsError::new("no model is loaded yet"))?;
            model.add(&name, &bytes.to_vec(), |bytes| {
                hash.unwrap_or_else(|| sha256(bytes))
            })?;
        }
        Ok(())
    }

    /// G(E(x)) of pictures `[n, 3, 64, 64]`.
    pub async fn reconstruct(&self, pictures: Vec<f32>) -> Result<Vec<f32>, JsError> {
        let (_, rebuilt) = self.model()?.rebuild(&pictures).await?;
        Ok(rebuilt)
    }

    /// G(z) of codes `[n, latent]`.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, JsError> {
        Ok(self.model()?.generate(&codes).await?)
    }

    fn model(&self) -> Result<&Model, JsError> {
        let loaded = self.model.as_ref();
        loaded.ok_or_else(|| JsError::new("no model is loaded yet"))
    }
}
