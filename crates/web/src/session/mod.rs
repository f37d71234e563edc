//! [`Inference`] for JavaScript: a device and the model on it. This file opens and loads; `pictures` makes pictures,
//! `screens` draws them on canvases, `refine` improves codes.

mod pictures;
mod refine;
mod screens;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bigan::ModelCard;
use js_sys::{Array, Function};
use kernels::OpenDevice;
use kernels::inference::{Pipelines, Screen};
use wasm_bindgen::prelude::*;

use crate::from_js::model_files;
use crate::{Graphics, Inference, ModelFiles, Refining, WebError, device};

/// One device and, once loaded, the model on it.
#[wasm_bindgen]
pub struct Session {
    open: OpenDevice,
    /// On a graphics device: our own inference. Without them Burn computes.
    pipelines: Option<Rc<Pipelines>>,
    prepared: Option<Graphics>,
    model: Option<Rc<Inference>>,
    screens: RefCell<BTreeMap<u32, Screen>>,
    /// The model's files, for what our own inference does not do.
    files: Option<ModelFiles>,
    refining: Option<Refining>,
}

#[wasm_bindgen]
impl Session {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Session, WebError> {
        let open = device::open(&device).await?;
        Ok(Session {
            pipelines: Pipelines::new(&open).map(Rc::new),
            open,
            prepared: None,
            model: None,
            screens: RefCell::default(),
            files: None,
            refining: None,
        })
    }

    /// Calls `callback(reason)` when the graphics device is lost or fails; the session is worthless then.
    #[wasm_bindgen(js_name = onLost)]
    pub fn on_lost(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(reason: string) => void")] callback: Function,
    ) {
        device::watch(&self.open, callback);
    }

    /// Compiles the shaders that the model described by `model.json` needs, while its weights are still on their way.
    pub fn prepare(&mut self, model_json: &[u8]) -> Result<(), WebError> {
        if let Some(pipelines) = &self.pipelines {
            let card = ModelCard::parse(model_json)?;
            self.prepared = Graphics::new(Rc::clone(pipelines), &card.networks)?;
        }
        Ok(())
    }

    /// Loads a model directory: the bytes of `model.json`, and each weight file.
    pub async fn load(
        &mut self,
        model_json: Vec<u8>,
        #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
    ) -> Result<(), WebError> {
        let files = model_files(&model_json, &files).await?;
        self.take(files)
    }

    /// Measures, for at most half a second, which shaders compute the model's layers fastest on a graphics device, and
    /// uses those from then on. Returns how many layers were measured. `now` is a clock in milliseconds.
    pub async fn tune(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "() => number")] now: Function,
    ) -> Result<usize, WebError> {
        let model = self.model()?;
        let Some(graphics) = model.graphics() else {
            return Ok(0);
        };
        let clock = || {
            now.call0(&JsValue::NULL)
                .ok()
                .and_then(|time| time.as_f64())
        };
        let measured = graphics.tune(&|| clock().unwrap_or(f64::INFINITY)).await?;
        if measured > 0 {
            let files = self.files.take().ok_or(WebError::NoModel)?;
            self.take(files)?;
        }
        Ok(measured)
    }
}

impl Session {
    fn take(&mut self, files: ModelFiles) -> Result<(), WebError> {
        let device = self.open.device.clone();
        let loaded = match &self.pipelines {
            Some(pipelines) => {
                let (pipelines, prepared) = (Rc::clone(pipelines), self.prepared.take());
                Inference::load_graph(&files, pipelines, prepared, device)?
            }
            None => Inference::load(&files, device)?,
        };
        self.model = Some(Rc::new(loaded));
        self.files = Some(files);
        Ok(())
    }

    fn model(&self) -> Result<Rc<Inference>, WebError> {
        self.model.clone().ok_or(WebError::NoModel)
    }
}
