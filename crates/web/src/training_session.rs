//! [`Training`] for JavaScript, and the small things around it that need no device: photographs to bytes, folders to
//! archives and back.

use bigan::{LossWeights, Losses, Need, Preset, TERMS};
use js_sys::{Array, Function};
use kernels::OpenDevice;
use serde_json::json;
use wasm_bindgen::prelude::*;

use crate::from_js::{cutout_files, features_files, named_files};
use crate::model::borrowed;
use crate::to_js::{all_rgba, bytes, floats, object, pairs, why_not};
use crate::training::{Pictures, Preparation, Report, Start, Training, TrainingSettings};
use crate::{WebError, device, pack, publish_run, unpack};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = "
/** What some steps of a training came to. */
export interface TrainingSteps {
  /** Steps taken since the training began. */
  step: number;
  /** A number for each of the choices' `losses` and each step since the last report. */
  losses: Float32Array;
  /** Empty, or a sentence. */
  warning: string;
  /** Empty, or why training cannot go on. */
  failure: string;
  /** Bytes that the device holds; 0 on the CPU, where they are the program's. */
  deviceBytes: number;
  /** Of these, in use. */
  deviceUsed: number;
}
/** What the networks make of fixed codes and fixed pictures; RGBA, 64x64. */
export interface TrainingPictures { samples: Uint8ClampedArray[]; originals: Uint8ClampedArray[]; reconstructions: Uint8ClampedArray[] }
/** A photo to train on, RGB, 64x64, and why it is whole where a garment was looked for: a clause, otherwise empty. */
export interface PreparedPicture { picture: Uint8Array; notCutOut: string }
/** A loss term: an entry of the list in crates/bigan/src/trainer/objective/list.rs. */
export interface LossTerm {
  /** In settings and reports. */
  key: string;
  /** As the paper writes it, or its name. */
  symbol: string;
  /** The paper's equation, or another source. */
  source: string;
  /** Of the native program. */
  flag: string;
  /** Unless another is chosen. */
  weight: number;
  /** One sentence for a person. */
  about: string;
  needsFeatures: boolean;
}
/** One of the paper's experiments, with a weight for each term's key. */
export interface Preset { name: string; weights: Record<string, number> }
/** What a training can be asked for; `losses` are the keys of what it reports, in order. */
export interface TrainingChoices { losses: string[]; terms: LossTerm[]; presets: Preset[] }
";

/// A device, and once begun the training on it.
#[wasm_bindgen]
pub struct TrainingSession {
    open: OpenDevice,
    training: Option<Training>,
}

#[wasm_bindgen]
impl TrainingSession {
    /// Opens `"cpu"` or `"webgpu"`.
    pub async fn open(device: String) -> Result<TrainingSession, WebError> {
        Ok(Self {
            open: device::open(&device).await?,
            training: None,
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

    /// Begins. `settings` is JSON; `kind` says what with: `"nothing"`, `"model"` (`files` holds `model.json` beside the
    /// weights) or `"checkpoint"`. `pictures` are RGB, 64x64, and `cutout` has cut them out.
    pub fn begin(
        &mut self,
        settings: &str,
        kind: &str,
        #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
        #[wasm_bindgen(unchecked_param_type = "FeaturesFiles")] features: Array,
        #[wasm_bindgen(unchecked_param_type = "CutoutFiles")] cutout: Array,
        pictures: Vec<u8>,
    ) -> Result<(), WebError> {
        let files = named_files(&files);
        let borrowed = borrowed(&files);
        let json = borrowed.iter().find(|(name, _)| *name == "model.json");
        let start = match kind {
            "checkpoint" => Start::Checkpoint(&borrowed),
            "model" => Start::Model(json.map_or(&[], |(_, bytes)| bytes), &borrowed),
            _ => Start::Nothing,
        };
        let settings = TrainingSettings::parse(settings)?;
        // The old one's memory is free before the new one's is taken.
        self.training = None;
        self.training = Some(Training::begin(
            start,
            settings,
            features_files(&features),
            cutout_files(&cutout)?,
            Pictures::new(pictures)?,
            self.open.device.clone(),
            self.open.name.clone(),
        )?);
        Ok(())
    }

    /// Takes `count` steps.
    #[wasm_bindgen(unchecked_return_type = "TrainingSteps")]
    pub async fn steps(&mut self, count: u32, images_per_second: f64) -> Result<JsValue, WebError> {
        let training = self.begun_mut()?;
        let report = training.steps(u64::from(count), images_per_second).await?;
        let memory = training.device_memory().unwrap_or_default();
        Ok(object([
            ("step", (report.step as f64).into()),
            ("losses", floats(&curves(&report))),
            ("warning", report.warning.unwrap_or_default().into()),
            ("failure", report.failure.unwrap_or_default().into()),
            ("deviceBytes", (memory.reserved as f64).into()),
            ("deviceUsed", (memory.used as f64).into()),
        ]))
    }

    /// What the networks make of fixed codes and fixed pictures now.
    #[wasm_bindgen(unchecked_return_type = "TrainingPictures")]
    pub async fn show(&self) -> Result<JsValue, WebError> {
        let shown = self.begun()?.show().await?;
        Ok(object([
            ("samples", all_rgba(&shown.samples)),
            ("originals", all_rgba(&shown.originals)),
            ("reconstructions", all_rgba(&shown.reconstructions)),
        ]))
    }

    /// The files of a checkpoint; undefined while losses are not those of a training that goes well.
    #[wasm_bindgen(unchecked_return_type = "NamedFile[] | undefined")]
    pub async fn snapshot(&self) -> Result<JsValue, WebError> {
        let files = self.begun()?.snapshot().await?;
        Ok(files.map_or(JsValue::UNDEFINED, |files| pairs(&files).into()))
    }

    /// The files of a `"model"` or a `"run"`.
    #[wasm_bindgen(unchecked_return_type = "NamedFile[]")]
    pub async fn export(&self, what: String) -> Result<Array, WebError> {
        let training = self.begun()?;
        let files = match what.as_str() {
            "run" => training.export_run().await,
            _ => training.export_model().await,
        };
        Ok(pairs(&files?))
    }
}

impl TrainingSession {
    fn begun(&self) -> Result<&Training, WebError> {
        let training = self.training.as_ref();
        training.ok_or(WebError::NotBegun("training"))
    }

    fn begun_mut(&mut self) -> Result<&mut Training, WebError> {
        let training = self.training.as_mut();
        training.ok_or(WebError::NotBegun("training"))
    }
}

/// How photographs become pictures to train on.
#[wasm_bindgen]
pub struct PicturePreparation(Preparation);

#[wasm_bindgen]
impl PicturePreparation {
    /// As the model of this `model.json` sees them; of its files only that of the network that cuts out is read.
    #[wasm_bindgen(constructor)]
    pub fn new(
        model_json: &[u8],
        #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
    ) -> Result<PicturePreparation, WebError> {
        let files = named_files(&files);
        Ok(Self(Preparation::new(model_json, &borrowed(&files))?))
    }

    /// What cuts the pictures out, for the training on them.
    #[wasm_bindgen(unchecked_return_type = "CutoutFiles")]
    pub fn cutout(&self) -> Result<Array, WebError> {
        Ok(match &self.0.cutout {
            Some(files) => Array::of2(&bytes(&files.json()?), &bytes(&files.weights)),
            None => Array::new(),
        })
    }

    /// A photograph's file as a picture to train on.
    #[wasm_bindgen(unchecked_return_type = "PreparedPicture")]
    pub fn picture(&self, photo: &[u8]) -> Result<JsValue, WebError> {
        let seen = self.0.picture(photo)?;
        Ok(object([
            ("picture", bytes(&seen.picture.into_raw())),
            ("notCutOut", why_not(seen.cut).into()),
        ]))
    }

    /// `count` drawn outfits as the bytes of pictures to train on.
    pub fn drawn(&self, first: u32, count: u32) -> Vec<u8> {
        self.0.drawn(u64::from(first), count)
    }
}

/// A zip archive of these files.
#[wasm_bindgen(js_name = packArchive)]
pub fn pack_archive(
    #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] files: Array,
) -> Result<Vec<u8>, WebError> {
    pack(&named_files(&files))
}

/// The files in a zip archive.
#[wasm_bindgen(js_name = unpackArchive, unchecked_return_type = "NamedFile[]")]
pub fn unpack_archive(archive: &[u8]) -> Result<Array, WebError> {
    Ok(pairs(&unpack(archive)?))
}

/// A model directory's files, from a run's `config.json`, the files of a checkpoint, and those of its folder `cutout`.
#[wasm_bindgen(js_name = modelOfRun, unchecked_return_type = "NamedFile[]")]
pub async fn model_of_run(
    config: Vec<u8>,
    #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] checkpoint: Array,
    #[wasm_bindgen(unchecked_param_type = "CutoutFiles")] cutout: Array,
) -> Result<Array, WebError> {
    let (files, cutout) = (named_files(&checkpoint), cutout_files(&cutout)?);
    let published = publish_run(&config, &borrowed(&files), cutout.as_ref()).await;
    Ok(pairs(&published?))
}

/// `TrainingChoices` as JSON.
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
