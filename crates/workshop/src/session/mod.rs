//! A device and a model for JavaScript. This file opens the one and takes the other's files; `refine` improves codes, and
//! `train` trains.

mod refine;
mod train;

use bigan::ModelCard;
use js_sys::{Array, Function};
use kernels::OpenDevice;
use wasm_bindgen::prelude::*;
use web::{NamedFile, borrowed, from_js};

use crate::training::{FeaturesFiles, Training};
use crate::{Refining, WorkshopError, device};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** features.json and the weights of an H, where there is one. */
export type FeaturesFiles = [Uint8Array, Uint8Array] | [];
";

/// One device, the model that work begins with, and the work on it.
#[wasm_bindgen]
pub struct Session {
    open: OpenDevice,
    model: Option<Model>,
    refining: Option<Refining>,
    training: Option<Training>,
}

/// A model as it has arrived. Its files are checked when they are used.
struct Model {
    json: Vec<u8>,
    card: ModelCard,
    files: Vec<NamedFile>,
}

#[wasm_bindgen]
impl Session {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<Session, WorkshopError> {
        Ok(Self {
            open: device::open(&device).await?,
            model: None,
            refining: None,
            training: None,
        })
    }

    /// Calls `callback(reason)` when the graphics device is lost or fails; the session is worthless then.
    #[wasm_bindgen(js_name = onLost)]
    pub fn on_lost(
        &self,
        #[wasm_bindgen(unchecked_param_type = "(reason: string) => void")] callback: Function,
    ) {
        let tell = from_js::teller(callback);
        if let Some(gpu) = &self.open.gpu {
            gpu.on_lost(tell.clone());
            gpu.on_error(tell);
        }
    }

    /// Begins with the model that `model.json` describes.
    pub fn begin(&mut self, model_json: Vec<u8>) -> Result<(), WorkshopError> {
        self.model = Some(Model {
            card: ModelCard::parse(&model_json)?,
            json: model_json,
            files: Vec::new(),
        });
        Ok(())
    }

    /// Takes one file of the model, whichever comes first.
    pub fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), WorkshopError> {
        let model = self.model.as_mut().ok_or(WorkshopError::NoModel)?;
        model.files.push((name, bytes));
        Ok(())
    }
}

impl Session {
    fn model(&self) -> Result<&Model, WorkshopError> {
        self.model.as_ref().ok_or(WorkshopError::NoModel)
    }
}

impl Model {
    fn borrowed(&self) -> Vec<(&str, &[u8])> {
        borrowed(&self.files)
    }
}

/// `[features.json, weights]`, if it is both.
fn features_files(pair: &Array) -> Option<FeaturesFiles> {
    let (card, weights) = from_js::described(pair)?;
    Some(FeaturesFiles { card, weights })
}
