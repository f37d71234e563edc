//! [`Inference`] for JavaScript: plain objects out, `Error`s of one sentence.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use bigan::ModelCard;
use bigan::burn::tensor::wgpu::wgpu::SurfaceTarget;
use images::{RgbImage, View};
use js_sys::{Array, Float32Array, Function, Object, Reflect, Uint8Array, Uint8ClampedArray};
use kernels::inference::{InferenceError, Pipelines, Screen};
use kernels::{DeviceChoice, OpenDevice};
use send_wrapper::SendWrapper;
use wasm_bindgen::prelude::*;
use web_sys::OffscreenCanvas;

use crate::from_js::model_files;
use crate::training_session::features_files;
use crate::{Graphics, Inference, ModelFiles, Refining, Sample, WebError};

/// The side of a drawn outfit, larger than the networks' so that it goes a photograph's whole way.
const DRAWN_SIDE: u32 = 256;

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
    pub async fn open(device: String) -> Result<Session, JsValue> {
        let open = open_device(&device).await?;
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
    pub fn on_lost(&self, callback: Function) {
        watch_device(&self.open, callback);
    }

    /// Has the device compile what the model described by `model.json` needs, while its weights are still on their way.
    pub fn prepare(&mut self, model_json: &[u8]) -> Result<(), JsValue> {
        if let Some(pipelines) = &self.pipelines {
            let card = ModelCard::parse(model_json).map_err(thrown)?;
            let graphics = Graphics::new(Rc::clone(pipelines), &card.networks);
            self.prepared = graphics.map_err(thrown)?;
        }
        Ok(())
    }

    /// Loads a model directory: the bytes of `model.json`, and `[name, bytes]` of each weight file.
    pub async fn load(&mut self, model_json: Vec<u8>, files: Array) -> Result<(), JsValue> {
        let files = model_files(&model_json, &files).await;
        self.take(files).map_err(|error| thrown_web(&error))
    }

    fn take(&mut self, files: Result<ModelFiles, WebError>) -> Result<(), WebError> {
        let files = files?;
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

    /// Has a graphics device find out by measuring, for at most half a second, how it does the model's layers fastest, and
    /// do them so from then on. Returns how many layers were measured. `now` is a clock in milliseconds.
    pub async fn tune(&mut self, now: Function) -> Result<usize, JsValue> {
        let model = self.model()?;
        let Some(graphics) = model.graphics() else {
            return Ok(0);
        };
        let clock = || {
            now.call0(&JsValue::NULL)
                .ok()
                .and_then(|time| time.as_f64())
        };
        let measured = graphics.tune(&|| clock().unwrap_or(f64::INFINITY)).await;
        let measured = measured.map_err(|error| thrown_web(&error))?;
        if measured > 0 {
            let files = self.files.take().ok_or(WebError::NoModel);
            self.take(files).map_err(|error| thrown_web(&error))?;
        }
        Ok(measured)
    }

    /// A photograph file to `{ original, reconstruction, latent, score, scoreOriginal, psnr }`. Of the photograph all is
    /// seen, or what `view` says: quarter turns clockwise, then a square's left, top and side as shares of the longer
    /// side.
    pub async fn reconstruct(
        &self,
        photo: Vec<u8>,
        view: Option<Vec<f64>>,
    ) -> Result<JsValue, JsValue> {
        let model = self.model()?;
        let view = view.as_deref().map(view_of).transpose()?;
        let made = model.reconstruct(&photo, view.as_ref()).await;
        let made = made.map_err(|error| thrown_web(&error))?;
        let object = Object::new();
        set(&object, "original", &rgba(&made.original))?;
        set(&object, "reconstruction", &rgba(&made.reconstruction))?;
        set(
            &object,
            "latent",
            &Float32Array::from(made.latent.as_slice()),
        )?;
        set(&object, "score", &made.score.into())?;
        set(&object, "scoreOriginal", &made.score_original.into())?;
        set(&object, "psnr", &made.psnr.into())?;
        Ok(object.into())
    }

    /// The code of a photograph file.
    pub async fn encode(&self, photo: Vec<u8>) -> Result<Vec<f32>, JsValue> {
        let model = self.model()?;
        let code = model.encode(&photo).await;
        code.map_err(|error| thrown_web(&error))
    }

    /// `code`, moved along each of the model's directions by as many standard deviations as `amounts` says.
    pub fn shift(&self, code: &[f32], amounts: &[f32]) -> Result<Vec<f32>, JsValue> {
        let model = self.model()?;
        let moved = model.directions().map(|all| all.apply(code, amounts));
        Ok(moved.unwrap_or_else(|| code.to_vec()))
    }

    /// `{ images, scores, codes }` of `count` pictures; the same for the same seed. Codes lie one after the other.
    pub async fn sample(&self, seed: u32, count: usize) -> Result<JsValue, JsValue> {
        let model = self.model()?;
        let made = model.sample(u64::from(seed), count).await;
        let made = made.map_err(|error| thrown_web(&error))?;
        pictures(&made)
    }

    /// `{ images, scores, codes }` of codes, one after the other; without `scores` every score is 0.
    pub async fn decode(&self, codes: Vec<f32>, scores: bool) -> Result<JsValue, JsValue> {
        let made = self.model()?.decode(codes, scores).await;
        pictures(&made.map_err(|error| thrown_web(&error))?)
    }

    /// Whether [`show`](Self::show) draws by itself: on a graphics device, once the model is there.
    #[wasm_bindgen(getter)]
    pub fn draws(&self) -> bool {
        self.model
            .as_ref()
            .is_some_and(|model| model.graphics().is_some())
    }

    /// Takes a canvas that has no context yet, and returns its number. Only where [`draws`](Self::draws).
    #[wasm_bindgen(js_name = attachCanvas)]
    pub fn attach_canvas(&self, canvas: OffscreenCanvas) -> Result<u32, JsValue> {
        let pipelines = self.pipelines.as_ref().filter(|_| self.draws());
        let pipelines = pipelines.ok_or_else(|| thrown_web(&WebError::NoDrawing))?;
        let screen = Screen::new(pipelines, SurfaceTarget::OffscreenCanvas(canvas));
        let screen = screen.map_err(|error| thrown_web(&error.into()))?;
        let mut screens = self.screens.borrow_mut();
        let number = screens.last_key_value().map_or(0, |(last, _)| last + 1);
        screens.insert(number, screen);
        Ok(number)
    }

    /// Lets go of a canvas.
    #[wasm_bindgen(js_name = detachCanvas)]
    pub fn detach_canvas(&self, canvas: u32) {
        self.screens.borrow_mut().remove(&canvas);
    }

    /// Draws the pictures of codes on a canvas as a grid `columns` wide, and reads nothing back. The canvas becomes as
    /// large as the pictures. Returns when the device is done.
    pub async fn show(&self, canvas: u32, codes: Vec<f32>, columns: usize) -> Result<(), JsValue> {
        let drawn = self.draw(canvas, &codes, columns);
        let drawn = drawn.map_err(|error| thrown_web(&error))?.await;
        drawn.map_err(|error| thrown_web(&error.into()))
    }

    fn draw(
        &self,
        canvas: u32,
        codes: &[f32],
        columns: usize,
    ) -> Result<impl Future<Output = Result<(), InferenceError>> + use<>, WebError> {
        let model = self.model.as_ref().ok_or(WebError::NoModel)?;
        let graphics = model.graphics().ok_or(WebError::NoDrawing)?;
        let columns = columns.clamp(1, model.count(codes)?);
        let mut screens = self.screens.borrow_mut();
        let screen = screens.get_mut(&canvas).ok_or(WebError::NoCanvas(canvas))?;
        graphics.show(screen, codes, columns)
    }

    /// Begins to improve the code `latent` of a picture of 64x64 RGBA pixels; `features` are `[features.json, weights]` of
    /// an H, or empty.
    #[wasm_bindgen(js_name = refineBegin)]
    pub fn refine_begin(
        &mut self,
        original: &[u8],
        latent: &[f32],
        features: &Array,
    ) -> Result<(), JsValue> {
        let begun = self.refining(original, latent, features);
        self.refining = Some(begun.map_err(|error| thrown_web(&error))?);
        Ok(())
    }

    fn refining(
        &self,
        original: &[u8],
        latent: &[f32],
        features: &Array,
    ) -> Result<Refining, WebError> {
        let model = self.model.as_ref().ok_or(WebError::NoModel)?;
        let files = self.files.as_ref().ok_or(WebError::NoModel)?;
        let device = &self.open.device;
        // Gradients are Burn's, also where pictures are our own graph's.
        let networks = match model.networks() {
            Some(networks) => networks.clone(),
            None => files.networks(device)?,
        };
        let h = features_files(features).map(|files| files.load(device));
        let expected = files.card.networks.latent;
        let h = h.transpose()?;
        Refining::begin(
            &networks,
            h.as_ref(),
            rgb(original),
            latent,
            expected,
            device,
        )
    }

    /// `{ picture, latent, score, psnr, steps }` after `count` steps more.
    #[wasm_bindgen(js_name = refineSteps)]
    pub async fn refine_steps(&mut self, count: u32) -> Result<JsValue, JsValue> {
        let refining = self.refining.as_mut();
        let refining = refining.ok_or_else(|| thrown_web(&WebError::NotBegun("refinement")))?;
        let made = refining.steps(count).await;
        let made = made.map_err(|error| thrown_web(&error))?;
        let object = Object::new();
        set(&object, "picture", &rgba(&made.picture))?;
        set(
            &object,
            "latent",
            &Float32Array::from(made.latent.as_slice()),
        )?;
        set(&object, "score", &made.score.into())?;
        set(&object, "psnr", &made.psnr.into())?;
        set(&object, "steps", &made.steps.into())?;
        Ok(object.into())
    }

    fn model(&self) -> Result<Rc<Inference>, JsValue> {
        self.model
            .clone()
            .ok_or_else(|| thrown_web(&WebError::NoModel))
    }
}

/// `{ images, scores, codes }`.
fn pictures(made: &[Sample]) -> Result<JsValue, JsValue> {
    let images: Array = made
        .iter()
        .map(|sample| JsValue::from(rgba(&sample.image)))
        .collect();
    let scores: Vec<f32> = made.iter().map(|sample| sample.score).collect();
    let object = Object::new();
    set(&object, "images", &images)?;
    set(&object, "scores", &Float32Array::from(scores.as_slice()))?;
    let codes: Vec<f32> = made
        .iter()
        .flat_map(|sample| sample.code.iter().copied())
        .collect();
    set(&object, "codes", &Float32Array::from(codes.as_slice()))?;
    Ok(object.into())
}

/// `{ png, label }` of a drawn outfit, for a visitor without a photograph. Needs no session.
#[wasm_bindgen(js_name = drawnOutfit)]
pub fn drawn_outfit(seed: u32) -> Result<JsValue, JsValue> {
    let outfit = outfits::outfit(u64::from(seed), DRAWN_SIDE);
    let object = Object::new();
    set(
        &object,
        "png",
        &Uint8Array::from(images::png(&outfit.image).as_slice()),
    )?;
    set(&object, "label", &outfit.label.into())?;
    Ok(object.into())
}

/// `[turns, left, top, side]`.
fn view_of(numbers: &[f64]) -> Result<View, JsValue> {
    let &[turns, left, top, side] = numbers else {
        return Err(error_of("Error", "a view has four numbers"));
    };
    Ok(View {
        turns: turns as u32,
        left,
        top,
        side,
    })
}

/// Opens `"cpu"` or `"webgpu"`.
pub(crate) async fn open_device(device: &str) -> Result<OpenDevice, JsValue> {
    let choice = match device {
        "cpu" => DeviceChoice::Cpu,
        "webgpu" => DeviceChoice::Wgpu,
        other => {
            return Err(error_of(
                "Error",
                &format!("`{other}` is neither cpu nor webgpu"),
            ));
        }
    };
    kernels::open(choice).await.map_err(thrown)
}

/// Calls `callback(reason)` when the graphics device is lost or fails.
pub(crate) fn watch_device(open: &OpenDevice, callback: Function) {
    // wgpu wants callbacks that could cross threads; there is one thread here.
    let callback = SendWrapper::new(callback);
    let also = callback.clone();
    open.on_lost(move |reason| call(&callback, &reason));
    open.on_error(move |reason| call(&also, &reason));
}

fn call(callback: &Function, reason: &str) {
    // What the page's own callback throws is the page's affair.
    let _ = callback.call1(&JsValue::NULL, &JsValue::from_str(reason));
}

/// RGBA, as a canvas takes it.
pub(crate) fn rgba(image: &RgbImage) -> Uint8ClampedArray {
    let pixels: Vec<u8> = image
        .pixels()
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 255])
        .collect();
    Uint8ClampedArray::from(pixels.as_slice())
}

/// A canvas's pixels without their alpha; a picture of another size becomes black.
fn rgb(pixels: &[u8]) -> RgbImage {
    let side = bigan::SIDE as u32;
    let bytes = pixels
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    RgbImage::from_raw(side, side, bytes.collect()).unwrap_or_else(|| RgbImage::new(side, side))
}

pub(crate) fn set(object: &Object, field: &str, value: &JsValue) -> Result<(), JsValue> {
    Reflect::set(object, &field.into(), value).map(|_| ())
}

pub(crate) fn thrown(error: impl std::error::Error) -> JsValue {
    error_of("Error", &error.to_string())
}

/// The page retries a `DeviceError` on another device.
pub(crate) fn thrown_web(error: &WebError) -> JsValue {
    let name = match error {
        WebError::Device(_) => "DeviceError",
        _ => "Error",
    };
    error_of(name, &error.to_string())
}

pub(crate) fn error_of(name: &str, message: &str) -> JsValue {
    let error = js_sys::Error::new(message);
    error.set_name(name);
    error.into()
}
