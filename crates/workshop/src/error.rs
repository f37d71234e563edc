//! What can go wrong in this program, in the page's words.

use web::WebError;

/// One sentence for the visitor.
#[derive(Debug, thiserror::Error)]
pub enum WorkshopError {
    /// What both programs say.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The device could not be opened.
    #[error(transparent)]
    Open(#[from] kernels::DeviceError),
    /// The model cannot be used.
    #[error(transparent)]
    Model(#[from] bigan::ModelError),
    /// No model has begun to arrive.
    #[error("no model is loaded yet")]
    NoModel,
    /// A training's settings cannot be used.
    #[error("training cannot use these settings: {0}")]
    Settings(String),
    /// Too few pictures to train on.
    #[error("{0} pictures are too few to train on: give at least 2")]
    FewPictures(usize),
    /// L_H counts, and there is no H.
    #[error(
        "L_H has a weight, but needs a network to compare with: drop the folder of one (features.json and its weights), or \
         set L_H to 0"
    )]
    NoFeatures,
    /// A mask that is not of the networks' pictures.
    #[error("a mask of {0} bytes is not {1}x{1}: give a byte for each pixel")]
    NoMask(usize, usize),
    /// A garment is to be found, and the model has no network for that.
    #[error(
        "this model does not find garments: paint the part that is meant, and ask for no outline"
    )]
    NoGarment,
    /// The network for kinds of garments does not know this one.
    #[error("the network for kinds of garments does not know `{0}`: it knows {1}")]
    NoKind(String, String),
    /// A step of training or refinement is impossible.
    #[error(transparent)]
    Step(#[from] bigan::TrainError),
    /// A training's state cannot be read or written.
    #[error(transparent)]
    Checkpoint(#[from] bigan::trainer::CheckpointError),
    /// A run's configuration cannot be read.
    #[error("config.json is not the configuration of a run: {0}")]
    Run(String),
    /// No training, or no refinement, has begun.
    #[error("no {0} has begun")]
    NotBegun(&'static str),
}

impl From<bigan::burn::tensor::ExecutionError> for WorkshopError {
    fn from(error: bigan::burn::tensor::ExecutionError) -> Self {
        WebError::Device(error.to_string()).into()
    }
}

#[cfg(target_family = "wasm")]
impl From<WorkshopError> for wasm_bindgen::JsValue {
    fn from(error: WorkshopError) -> Self {
        match error {
            WorkshopError::Web(shared) => shared.into(),
            own => js_sys::Error::new(&own.to_string()).into(),
        }
    }
}
