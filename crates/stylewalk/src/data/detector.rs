//! Finds the person in a photograph with a detector exported to ONNX, as torchvision exports Faster R-CNN.
//!
//! ONNX Runtime runs it: it is the only one for which a Rust interface exists and that knows all of this network's
//! operations (the runtimes written in Rust, tract and rten, lack `RoiAlign`). Its library is loaded only when a
//! detector is named, and building needs nothing.

mod found;

use crate::files;
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use found::Found;
use images::{Region, RgbImage};
use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;
use rayon::prelude::*;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Longer side of the picture the detector sees: torchvision's detectors shrink larger ones to this themselves.
const LONGEST: u32 = 1333;
/// What a detector must return.
const OUTPUTS: &str = "its outputs are not boxes and scores of float32 and labels of int64, in the order boxes, labels, scores";

/// The flags.
#[derive(Args, Debug)]
pub struct DetectorArgs {
    /// Detector for --crop person: an ONNX file with input `[3, height, width]` or `[1, 3, height, width]` in `[0, 1]` and
    /// outputs boxes `[n, 4]`, labels `[n]` (1 is a person) and scores `[n]`, as torchvision exports Faster R-CNN
    #[arg(long, value_name = "MODEL.onnx")]
    detector: Option<PathBuf>,
    /// Score from which the detector's boxes count
    #[arg(long, default_value_t = 0.7, value_name = "SCORE")]
    detector_score: f32,
    /// ONNX Runtime's library, version 1.17 or later; without it, ORT_DYLIB_PATH or the system's
    #[arg(long, value_name = "LIBRARY")]
    onnxruntime: Option<PathBuf>,
}

/// A detector, ready on every thread.
pub struct Detector {
    /// The file's name.
    pub name: String,
    /// Its hash.
    pub sha256: String,
    /// The score from which a box counts.
    pub score: f32,
    /// One for each thread of the pool, each working on one core: the same boxes however many there are.
    sessions: Vec<Mutex<Session>>,
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Detector")
            .field("name", &self.name)
            .finish()
    }
}

impl DetectorArgs {
    /// Whether a detector is named.
    pub fn is_named(&self) -> bool {
        self.detector.is_some()
    }

    /// Opens the detector and tries it on an empty picture.
    ///
    /// # Errors
    /// None is named, ONNX Runtime is absent, or the file is not a detector.
    pub fn open(&self) -> Result<Detector> {
        let path = self.detector.as_deref().context(
            "--crop person needs --detector MODEL.onnx, a Faster R-CNN exported from torchvision for example",
        )?;
        let environment = start(self.onnxruntime.as_deref())?;
        let detector = Detector::open(path, self.detector_score, &environment)
            .with_context(|| format!("the detector {} cannot be used", path.display()))?;
        detector
            .person(&RgbImage::new(64, 64))
            .with_context(|| format!("{} does not work as a detector", path.display()))?;
        Ok(detector)
    }
}

/// Loads ONNX Runtime's library.
fn start(library: Option<&Path>) -> Result<Environment> {
    let named = std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty());
    let path = match (library, named) {
        (Some(path), _) => path.to_owned(),
        (None, Some(path)) => path.into(),
        (None, None) => {
            use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
            format!("{DLL_PREFIX}onnxruntime{DLL_SUFFIX}").into()
        }
    };
    let started = ort::init_from(&path).map_err(|error| {
        anyhow!(
            "ONNX Runtime's library cannot be loaded ({error}); install it (`pip install onnxruntime` has it in \
             onnxruntime/capi) and name it with --onnxruntime"
        )
    })?;
    Ok(started.build()?)
}

impl Detector {
    fn open(path: &Path, score: f32, environment: &Environment) -> Result<Self> {
        let session = |_| -> Result<Mutex<Session>> {
            let mut builder = Session::builder(environment)?
                .with_intra_threads(1)
                .map_err(|error| anyhow!("{error}"))?;
            Ok(Mutex::new(builder.commit_from_file(path)?))
        };
        let sha256 = files::sha256(path)?;
        let sessions = (0..rayon::current_num_threads())
            .into_par_iter()
            .map(session)
            .collect::<Result<_>>()?;
        Ok(Self {
            name: path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned(),
            sha256,
            score,
            sessions,
        })
    }

    /// The largest person in `picture`. None without any.
    ///
    /// # Errors
    /// The detector fails, or returns something else than boxes, labels and scores.
    pub fn person(&self, picture: &RgbImage) -> Result<Option<Region>> {
        let seen = images::thumbnail(picture, LONGEST);
        let (width, height) = seen.dimensions();
        let planes = planes(&seen);
        let thread = rayon::current_thread_index().unwrap_or(0);
        let session = &self.sessions[thread % self.sessions.len()];
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        let mut shape = vec![3, height as usize, width as usize];
        if takes_a_batch(&session) {
            shape.insert(0, 1);
        }
        let input = TensorRef::from_array_view((shape, planes.as_slice()))?;
        let outputs = session.run(ort::inputs![input])?;
        let [boxes, labels, scores] = &outputs.values().collect::<Vec<_>>()[..] else {
            bail!("it returns {} values instead of three", outputs.len());
        };
        let found = Found {
            boxes: boxes.try_extract_tensor::<f32>().context(OUTPUTS)?.1,
            labels: labels.try_extract_tensor::<i64>().context(OUTPUTS)?.1,
            scores: scores.try_extract_tensor::<f32>().context(OUTPUTS)?.1,
        };
        found.largest_person(self.score, seen.dimensions(), picture.dimensions())
    }
}

/// Whether the network takes pictures one behind the other, of which it gets one.
fn takes_a_batch(session: &Session) -> bool {
    let shape = session.inputs().first();
    let shape = shape.and_then(|input| input.dtype().tensor_shape());
    shape.is_some_and(|shape| shape.len() == 4)
}

/// Planes red, green, blue in `[0, 1]`.
fn planes(picture: &RgbImage) -> Vec<f32> {
    let plane = |channel| {
        picture
            .pixels()
            .map(move |pixel| f32::from(pixel[channel]) / 255.0)
    };
    (0..3).flat_map(plane).collect()
}
