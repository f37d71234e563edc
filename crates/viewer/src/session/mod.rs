//! [`Inference`] for JavaScript: a device and the model on it. This file opens a device and takes a model's files;
//! `pictures` makes pictures, `screens` draws them on canvases.

mod pictures;
mod screens;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use js_sys::{Function, Uint8Array};
use kernels::OpenDevice;
use kernels::inference::{Pipelines, Screen};
use wasm_bindgen::prelude::*;
use web::from_js;

use crate::{Graphics, Inference, ModelFiles, ViewerError, device};

/// One device and, as it arrives, a model on it.
#[wasm_bindgen]
pub struct Session {
    open: OpenDevice,
    /// On a graphics device: our own inference. Without them Burn computes.
    pipelines: Option<Rc<Pipelines>>,
    prepared: Option<Graphics>,
    /// What has arrived of the model.
    files: Option<ModelFiles>,
    /// From when on pictures can be made.
    model: Option<Rc<Inference>>,
    screens: RefCell<BTreeMap<u32, Screen>>,
}

#[wasm_bindgen]
impl Session {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Session, ViewerError> {
        let open = device::open(&device).await?;
        Ok(Session {
            pipelines: Pipelines::new(&open).map(Rc::new),
            open,
            prepared: None,
            files: None,
            model: None,
            screens: RefCell::default(),
        })
    }

    /// Calls `callback(reason)` when the graphics device is lost or fails; the session is worthless then.
    #[wasm_bindgen(js_name = onLost)]
    pub fn on_lost(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(reason: string) => void")] callback: Function,
    ) {
        let tell = from_js::teller(callback);
        self.open.on_lost(tell.clone());
        self.open.on_error(tell);
    }

    /// Begins with the model that `model.json` describes: its shaders are compiled while its files are on their way.
    pub fn begin(&mut self, model_json: &[u8]) -> Result<(), ViewerError> {
        let files = ModelFiles::begin(model_json)?;
        if let Some(pipelines) = &self.pipelines {
            self.prepared = Graphics::new(Rc::clone(pipelines), &files.card.networks)?;
        }
        self.files = Some(files);
        self.model = None;
        Ok(())
    }

    /// Takes one file of the model, whichever comes first. A wrong one is refused, and the session is as it was before.
    pub async fn add(&mut self, name: String, bytes: Uint8Array) -> Result<(), ViewerError> {
        let files = self.files.as_mut().ok_or(ViewerError::NoModel)?;
        files.take(&name, &bytes).await?;
        if !files.rebuilds() {
            return Ok(());
        }
        let taken = self.take();
        if taken.is_err()
            && let Some(files) = &mut self.files
        {
            files.remove(&name);
        }
        taken
    }

    /// Whether the network that cuts out, E and G are here: photographs can be rebuilt.
    #[wasm_bindgen(getter)]
    pub fn rebuilds(&self) -> bool {
        self.model.is_some()
    }

    /// Whether D is here as well: pictures come with its probabilities.
    #[wasm_bindgen(getter)]
    pub fn judges(&self) -> bool {
        self.model.as_ref().is_some_and(|model| model.judges())
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
            self.take()?;
        }
        Ok(measured)
    }
}

impl Session {
    /// Puts what is here of the model on the device.
    fn take(&mut self) -> Result<(), ViewerError> {
        let files = self.files.as_ref().ok_or(ViewerError::NoModel)?;
        let device = self.open.device.clone();
        let loaded = match &self.pipelines {
            Some(pipelines) => {
                let (pipelines, prepared) = (Rc::clone(pipelines), self.prepared.take());
                Inference::load_graph(files, pipelines, prepared, device)?
            }
            None => Inference::load(files, device)?,
        };
        self.model = Some(Rc::new(loaded));
        Ok(())
    }

    fn model(&self) -> Result<Rc<Inference>, ViewerError> {
        self.model.clone().ok_or(ViewerError::NoModel)
    }
}
