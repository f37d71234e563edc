//! What `cargo xtask bench web` times of this project's inference: the page's networks without photographs, judgements and
//! canvases, so that other programs can be asked for the same. Built as a module of its own, beside the page.
#![cfg(target_family = "wasm")]

use std::rc::Rc;

use bigan::ModelCard;
use js_sys::{Array, Uint8Array};
use kernels::OpenDevice;
use kernels::inference::Pipelines;
use viewer::{Graphics, Inference, ModelFiles};
use wasm_bindgen::prelude::*;

/// One device, and the model on it.
#[wasm_bindgen]
pub struct Contestant {
    open: OpenDevice,
    pipelines: Option<Rc<Pipelines>>,
    prepared: Option<Graphics>,
    inference: Option<Inference>,
}

#[wasm_bindgen]
impl Contestant {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Contestant, JsError> {
        let open = viewer::open_device(&device).await?;
        Ok(Self {
            pipelines: Pipelines::new(&open).map(Rc::new),
            open,
            prepared: None,
            inference: None,
        })
    }

    /// Has the device compile what the model described by `model.json` needs, as the page does while weights download.
    pub fn prepare(&mut self, card: &[u8]) -> Result<(), JsError> {
        if let Some(pipelines) = &self.pipelines {
            let card = ModelCard::parse(card)?;
            self.prepared = Graphics::new(Rc::clone(pipelines), &card.networks)?;
        }
        Ok(())
    }

    /// Loads a model directory: the bytes of `model.json`, and `[name, bytes]` of each weight file.
    pub async fn load(&mut self, card: Vec<u8>, files: Array) -> Result<(), JsError> {
        let mut model = ModelFiles::begin(&card)?;
        for pair in files.iter().map(|pair| Array::from(&pair)) {
            let name = pair.get(0).as_string().unwrap_or_default();
            model.take(&name, &Uint8Array::new(&pair.get(1))).await?;
        }
        let device = self.open.device.clone();
        self.inference = Some(match &self.pipelines {
            Some(pipelines) => {
                let (pipelines, prepared) = (Rc::clone(pipelines), self.prepared.take());
                Inference::load_graph(&model, pipelines, prepared, device)?
            }
            None => Inference::load(&model, device)?,
        });
        Ok(())
    }

    /// G(E(x)) of pictures `[n, 3, 64, 64]`.
    pub async fn reconstruct(&self, pictures: Vec<f32>) -> Result<Vec<f32>, JsError> {
        Ok(self.inference()?.rebuild(pictures).await?)
    }

    /// G(z) of codes `[n, latent]`.
    pub async fn generate(&self, codes: Vec<f32>) -> Result<Vec<f32>, JsError> {
        Ok(self.inference()?.generate(codes).await?)
    }

    fn inference(&self) -> Result<&Inference, JsError> {
        let loaded = self.inference.as_ref();
        loaded.ok_or_else(|| JsError::new("no model is loaded yet"))
    }
}
