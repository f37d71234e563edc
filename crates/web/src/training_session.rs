//! [`Training`] for JavaScript, and the small things around it that need no device: photographs to bytes, folders to
//! archives and back.

use bigan::{LossWeights, Losses, Need, Preset, TERMS};
use js_sys::{Array, Float32Array, Object, Uint8Array};
use kernels::OpenDevice;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::from_js::named_files;
use crate::model::borrowed;
use crate::session::{open_device, rgba, set, thrown_web, watch_device};
use crate::training::{self, FeaturesFiles, Pictures, Report, Start, Training, TrainingSettings};
use crate::{NamedFile, WebError, pack, publish_run, unpack};

/// A device, and once begun the training on it.
#[wasm_bindgen]
pub struct TrainingSession {
    open: OpenDevice,
    training: Option<Training>,
}

#[wasm_bindgen]
impl TrainingSession {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<TrainingSession, JsValue> {
        Ok(Self {
            open: open_device(&device).await?,
            training: None,
        })
    }

    /// Calls `callback(reason)` when the graphics device is lost or fails; the session is worthless then.
    #[wasm_bindgen(js_name = onLost)]
    pub fn on_lost(&self, callback: js_sys::Function) {
        watch_device(&self.open, callback);
    }

    /// Begins. `settings` is JSON; `kind` says what with: `"nothing"`, `"model"` (`files` holds `model.json` beside the
    /// weights) or `"checkpoint"`. `features` are `[features.json, weights]`, or empty. `pictures` are RGB, 64x64.
    pub fn begin(
        &mut self,
        settings: &str,
        kind: &str,
        files: &Array,
        features: &Array,
        pictures: Vec<u8>,
    ) -> Result<(), JsValue> {
        let files = named_files(files);
        let borrowed = borrowed(&files);
        let json = borrowed.iter().find(|(name, _)| *name == "model.json");
        let start = match kind {
            "checkpoint" => Start::Checkpoint(&borrowed),
            "model" => Start::Model(json.map_or(&[], |(_, bytes)| bytes), &borrowed),
            _ => Start::Nothing,
        };
        let begun = TrainingSettings::parse(settings).and_then(|settings| {
            // The old one's memory is free before the new one's is taken.
            self.training = None;
            Training::begin(
                start,
                settings,
                features_files(features),
                Pictures::new(pictures)?,
                self.open.device.clone(),
                self.open.name.clone(),
            )
        });
        self.training = Some(begun.map_err(|error| thrown_web(&error))?);
        Ok(())
    }

    /// `{ step, losses, warning, failure, deviceBytes, deviceUsed }` after `count` steps; `losses` has a number for
    /// each loss of each step, in the order that [`training_choices`] tells.
    pub async fn steps(&mut self, count: u32, images_per_second: f64) -> Result<JsValue, JsValue> {
        let training = self.begun_mut()?;
        let report = training.steps(u64::from(count), images_per_second).await;
        let report = report.map_err(|error| thrown_web(&error))?;
        let object = Object::new();
        set(&object, "step", &(report.step as f64).into())?;
        set(
            &object,
            "losses",
            &Float32Array::from(curves(&report).as_slice()),
        )?;
        set(
            &object,
            "warning",
            &report.warning.unwrap_or_default().into(),
        )?;
        set(
            &object,
            "failure",
            &report.failure.unwrap_or_default().into(),
        )?;
        let memory = training.device_memory().unwrap_or_default();
        set(&object, "deviceBytes", &(memory.reserved as f64).into())?;
        set(&object, "deviceUsed", &(memory.used as f64).into())?;
        Ok(object.into())
    }

    /// `{ samples, originals, reconstructions }`: pictures, RGBA.
    pub async fn show(&self) -> Result<JsValue, JsValue> {
        let shown = self.begun()?.show().await;
        let shown = shown.map_err(|error| thrown_web(&error))?;
        let object = Object::new();
        for (field, pictures) in [
            ("samples", &shown.samples),
            ("originals", &shown.originals),
            ("reconstructions", &shown.reconstructions),
        ] {
            let pictures: Array = pictures
                .iter()
                .map(|one| JsValue::from(rgba(one)))
                .collect();
            set(&object, field, &pictures)?;
        }
        Ok(object.into())
    }

    /// `[name, bytes]` of each file of a checkpoint; undefined while losses are not those of a training that goes well.
    pub async fn snapshot(&self) -> Result<JsValue, JsValue> {
        let files = self.begun()?.snapshot().await;
        let files = files.map_err(|error| thrown_web(&error))?;
        Ok(files.map_or(JsValue::UNDEFINED, |files| pairs(&files).into()))
    }

    /// `[name, bytes]` of each file of a `"model"` or a `"run"`.
    pub async fn export(&self, what: String) -> Result<Array, JsValue> {
        let training = self.begun()?;
        let files = match what.as_str() {
            "run" => training.export_run().await,
            _ => training.export_model().await,
        };
        Ok(pairs(&files.map_err(|error| thrown_web(&error))?))
    }

    fn begun(&self) -> Result<&Training, JsValue> {
        let training = self.training.as_ref();
        training.ok_or_else(|| thrown_web(&WebError::NotBegun("training")))
    }

    fn begun_mut(&mut self) -> Result<&mut Training, JsValue> {
        let training = self.training.as_mut();
        training.ok_or_else(|| thrown_web(&WebError::NotBegun("training")))
    }
}

/// A photograph's file as the bytes of a picture to train on; `fit` is `"pad"` or `"crop"`.
#[wasm_bindgen(js_name = preparePicture)]
pub fn prepare_picture(photo: &[u8], fit: &str) -> Result<Uint8Array, JsValue> {
    let fit = match fit {
        "crop" => images::Fit::Crop,
        _ => images::Fit::Pad,
    };
    let bytes = training::prepare(photo, fit).map_err(|error| thrown_web(&error))?;
    Ok(Uint8Array::from(bytes.as_slice()))
}

/// `count` drawn outfits as the bytes of pictures to train on.
#[wasm_bindgen(js_name = drawnPictures)]
pub fn drawn_pictures(first: u32, count: u32) -> Uint8Array {
    Uint8Array::from(training::drawn_pictures(u64::from(first), count).as_slice())
}

/// A zip archive of `[path, bytes]` pairs.
#[wasm_bindgen(js_name = packArchive)]
pub fn pack_archive(files: &Array) -> Result<Uint8Array, JsValue> {
    let archive = pack(&named_files(files)).map_err(|error| thrown_web(&error))?;
    Ok(Uint8Array::from(archive.as_slice()))
}

/// `[path, bytes]` of the files in a zip archive.
#[wasm_bindgen(js_name = unpackArchive)]
pub fn unpack_archive(archive: &[u8]) -> Result<Array, JsValue> {
    Ok(pairs(&unpack(archive).map_err(|error| thrown_web(&error))?))
}

/// `[name, bytes]` of a model directory's files, from a run's `config.json` and the `[name, bytes]` of a checkpoint's.
#[wasm_bindgen(js_name = modelOfRun)]
pub async fn model_of_run(config: Vec<u8>, checkpoint: Array) -> Result<Array, JsValue> {
    let files = named_files(&checkpoint);
    let model = publish_run(&config, &borrowed(&files)).await;
    Ok(pairs(&model.map_err(|error| thrown_web(&error))?))
}

/// What a training can be asked for, as JSON: `{ losses, terms, presets }`. `losses` are the keys of a report's losses, in
/// its order; `terms` are `{ key, symbol, source, flag, weight, about, needsFeatures }` each; `presets` are the paper's
/// experiments, `{ name, weights: { key: weight } }` each.
#[wasm_bindgen(js_name = trainingChoices)]
pub fn training_choices() -> String {
    let terms = TERMS.map(|term| {
        json!({
            "key": term.key,
            "symbol": term.symbol,
            "source": term.source,
            "flag": term.flag,
            "weight": term.default_weight,
            "about": term.about,
            "needsFeatures": term.needs.contains(&Need::Features),
        })
    });
    let presets = Preset::ALL.map(|preset| {
        let mut losses = LossWeights::default();
        preset.put_over(&mut losses);
        let weights = TERMS.map(|term| (term.key.to_owned(), term.weight_in(&losses).into()));
        json!({ "name": preset.name, "weights": serde_json::Map::from_iter(weights) })
    });
    json!({ "losses": Losses::KEYS, "terms": terms, "presets": presets }).to_string()
}

/// Every loss of every step, in the order of [`Losses::KEYS`].
fn curves(report: &Report) -> Vec<f32> {
    let losses = report.losses.iter().copied();
    losses.flat_map(Losses::into_array).collect()
}

/// `[features.json, weights]`, if it is both.
pub(crate) fn features_files(pair: &Array) -> Option<FeaturesFiles> {
    let bytes = |index| pair.get(index).dyn_into::<Uint8Array>().ok();
    Some(FeaturesFiles {
        card: bytes(0)?.to_vec(),
        weights: bytes(1)?.to_vec(),
    })
}

fn pairs(files: &[NamedFile]) -> Array {
    files
        .iter()
        .map(|(name, bytes)| Array::of2(&name.into(), &Uint8Array::from(bytes.as_slice())))
        .collect()
}
