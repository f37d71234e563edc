//! [`Training`] for JavaScript.

use bigan::Losses;
use js_sys::Array;
use wasm_bindgen::prelude::*;
use web::borrowed;
use web::from_js::named_files;
use web::to_js::{all_rgba, floats, object, pairs};

use super::{Session, features_files};
use crate::training::{Pictures, Report, Start, Training, TrainingSettings};
use crate::{CutoutFiles, WorkshopError};

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
";

#[wasm_bindgen]
impl Session {
    /// Begins to train. `settings` is JSON; `kind` says what with: `"nothing"`, `"model"` (the one that has arrived) or
    /// `"checkpoint"` (these files). `pictures` are RGB, 64x64, as the model that has arrived sees photographs.
    #[wasm_bindgen(js_name = trainBegin)]
    pub fn train_begin(
        &mut self,
        settings: &str,
        kind: &str,
        #[wasm_bindgen(unchecked_param_type = "NamedFile[]")] checkpoint: Array,
        #[wasm_bindgen(unchecked_param_type = "FeaturesFiles")] features: Array,
        pictures: Vec<u8>,
    ) -> Result<(), WorkshopError> {
        // The old one's memory is free before the new one's is taken.
        self.training = None;
        let model = self.model()?;
        let (files, checkpoint) = (model.borrowed(), named_files(&checkpoint));
        let checkpoint = borrowed(&checkpoint);
        let start = match kind {
            "checkpoint" => Start::Checkpoint(&checkpoint),
            "model" => Start::Model(&model.json, &files),
            _ => Start::Nothing,
        };
        let settings = TrainingSettings::parse(settings)?;
        let pictures = Pictures::new(pictures, settings.side)?;
        let training = Training::begin(
            start,
            settings,
            features_files(&features),
            CutoutFiles::of(&model.card, &files)?,
            pictures,
            self.open.device.clone(),
            self.open.name.clone(),
        )?;
        self.training = Some(training);
        Ok(())
    }

    /// Takes `count` steps.
    #[wasm_bindgen(js_name = trainSteps, unchecked_return_type = "TrainingSteps")]
    pub async fn train_steps(
        &mut self,
        count: u32,
        images_per_second: f64,
    ) -> Result<JsValue, WorkshopError> {
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
    pub async fn show(&self) -> Result<JsValue, WorkshopError> {
        let shown = self.begun()?.show().await?;
        Ok(object([
            ("samples", all_rgba(&shown.samples)),
            ("originals", all_rgba(&shown.originals)),
            ("reconstructions", all_rgba(&shown.reconstructions)),
        ]))
    }

    /// The files of a checkpoint; undefined while losses are not those of a training that goes well.
    #[wasm_bindgen(unchecked_return_type = "NamedFile[] | undefined")]
    pub async fn snapshot(&self) -> Result<JsValue, WorkshopError> {
        let files = self.begun()?.snapshot().await?;
        Ok(files.map_or(JsValue::UNDEFINED, |files| pairs(&files).into()))
    }

    /// The files of a `"model"` or a `"run"`.
    #[wasm_bindgen(unchecked_return_type = "NamedFile[]")]
    pub async fn export(&self, what: String) -> Result<Array, WorkshopError> {
        let training = self.begun()?;
        let files = match what.as_str() {
            "run" => training.export_run().await,
            _ => training.export_model().await,
        };
        Ok(pairs(&files?))
    }
}

impl Session {
    fn begun(&self) -> Result<&Training, WorkshopError> {
        let training = self.training.as_ref();
        training.ok_or(WorkshopError::NotBegun("training"))
    }

    fn begun_mut(&mut self) -> Result<&mut Training, WorkshopError> {
        let training = self.training.as_mut();
        training.ok_or(WorkshopError::NotBegun("training"))
    }
}

/// Every loss of every step, in the order of [`Losses::KEYS`].
fn curves(report: &Report) -> Vec<f32> {
    let losses = report.losses.iter().copied();
    losses.flat_map(Losses::into_array).collect()
}
