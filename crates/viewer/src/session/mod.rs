//! [`Inference`] for JavaScript: a device and the model on it. This file opens a device and takes a model's files;
//! `pictures` makes pictures, `screens` draws them on canvases.

mod pictures;
mod screens;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use compute::Gpu;
use inference::gpu::{Pipelines, Screen};
use inference::weights::{hexadecimal, sha256};
use inference::{Model, ModelCard};
use js_sys::{Function, Uint8Array};
use wasm_bindgen::prelude::*;
use web::{NamedFile, from_js};

use crate::{ViewerError, device};

/// One device and, as it arrives, a model on it.
#[wasm_bindgen]
pub struct Session {
    gpu: Option<Gpu>,
    /// Of the graphics device.
    pipelines: Option<Rc<Pipelines>>,
    model: Option<Model>,
    /// The model's files, until the graphics device has found out how it is fastest: it takes them again then.
    kept: Vec<NamedFile>,
    tuned: bool,
    screens: RefCell<BTreeMap<u32, Screen>>,
}

#[wasm_bindgen]
impl Session {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Session, ViewerError> {
        let gpu = device::open(&device).await?;
        Ok(Session {
            pipelines: gpu.clone().map(|gpu| Rc::new(Pipelines::new(gpu))),
            gpu,
            model: None,
            kept: Vec::new(),
            tuned: false,
            screens: RefCell::default(),
        })
    }

    /// Calls `callback(reason)` when the graphics device is lost or fails; the session is worthless then.
    #[wasm_bindgen(js_name = onLost)]
    pub fn on_lost(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(reason: string) => void")] callback: Function,
    ) {
        if let Some(gpu) = &self.gpu {
            let tell = from_js::teller(callback);
            gpu.on_lost(tell.clone());
            gpu.on_error(tell);
        }
    }

    /// Begins with the model that `model.json` describes: its shaders are compiled while its files are on their way.
    pub fn begin(&mut self, model_json: &[u8]) -> Result<(), ViewerError> {
        let card = ModelCard::parse(model_json)?;
        self.model = Some(Model::new(card, self.pipelines.clone())?);
        self.kept.clear();
        self.tuned = false;
        Ok(())
    }

    /// Takes one file of the model, whichever comes first. A wrong one is refused, and the session is as it was before.
    pub async fn add(&mut self, name: String, bytes: Uint8Array) -> Result<(), ViewerError> {
        // Computed by the browser, beside the program, where it does that.
        let hash = from_js::sha256(&bytes).await.map(|hash| hexadecimal(&hash));
        let bytes = bytes.to_vec();
        let model = self.model.as_mut().ok_or(ViewerError::NoModel)?;
        model.add(&name, &bytes, |bytes| hash.unwrap_or_else(|| sha256(bytes)))?;
        if self.pipelines.is_some() && !self.tuned {
            self.kept.push((name, bytes));
        }
        Ok(())
    }

    /// Whether the network that cuts out, E and G are here: photographs can be rebuilt.
    #[wasm_bindgen(getter)]
    pub fn rebuilds(&self) -> bool {
        self.model.as_ref().is_some_and(Model::rebuilds)
    }

    /// Whether D is here as well: pictures come with its probabilities.
    #[wasm_bindgen(getter)]
    pub fn judges(&self) -> bool {
        self.model.as_ref().is_some_and(Model::judges)
    }

    /// Whether the model's directions are here.
    #[wasm_bindgen(getter)]
    pub fn steers(&self) -> bool {
        let model = self.model.as_ref();
        model.is_some_and(|model| model.directions().is_some())
    }

    /// Measures, for at most half a second, which shaders compute the model's layers fastest on a graphics device, and
    /// uses those from then on. Returns how many layers were measured. `now` is a clock in milliseconds.
    pub async fn tune(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "() => number")] now: Function,
    ) -> Result<usize, ViewerError> {
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
            let mut faster = Model::new(model.card().clone(), self.pipelines.clone())?;
            for (name, bytes) in &self.kept {
                faster.add(name, bytes, sha256)?;
            }
            self.model = Some(faster);
        }
        self.kept.clear();
        self.tuned = true;
        Ok(measured)
    }
}

impl Session {
    fn model(&self) -> Result<&Model, ViewerError> {
        self.model.as_ref().ok_or(ViewerError::NoModel)
    }
}
