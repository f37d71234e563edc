//! What can go wrong, in the page's words.

/// One sentence for the visitor.
#[derive(Debug, thiserror::Error)]
pub enum WebError {
    /// The device could not be opened.
    #[error(transparent)]
    Open(#[from] kernels::DeviceError),
    /// A device that the page does not have.
    #[error("`{0}` is neither cpu nor webgpu")]
    UnknownDevice(String),
    /// The model cannot be used.
    #[error("{0}{advice}", advice = advice_on(.0))]
    Model(#[from] bigan::ModelError),
    /// The photograph cannot be used.
    #[error(transparent)]
    Photo(#[from] images::DecodeError),
    /// No [`images::Fit`] has this name.
    #[error(transparent)]
    Fit(#[from] images::FitError),
    /// No model is loaded yet.
    #[error("no model is loaded yet")]
    NoModel,
    /// Numbers that are not a view of a photograph.
    #[error("a view has 4 numbers, not {0}")]
    NoView(usize),
    /// An interpolation or an easing that a walk does not have.
    #[error("{0}")]
    Walk(String),
    /// Numbers that are not whole codes.
    #[error("{0} numbers are not whole codes: a code of this model has {1}")]
    NoCodes(usize, usize),
    /// The model has no file about photographs' codes.
    #[error("this model does not know what photographs' codes are like: draw from the prior")]
    NoPhotographs,
    /// A canvas that was never attached.
    #[error("there is no canvas {0}: attach it first")]
    NoCanvas(u32),
    /// The device cannot draw on a canvas.
    #[error("this device cannot draw on a canvas: ask for the pictures and draw them")]
    NoDrawing,
    /// More samples at once than the page may ask for.
    #[error("{0} samples are too many at once: ask for at most {max}", max = crate::inference::MAX_SAMPLES)]
    TooMany(usize),
    /// The model is too large for the device, or the canvas cannot be drawn on.
    #[error(transparent)]
    Graphics(kernels::inference::InferenceError),
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
    /// A zip archive cannot be written or read.
    #[error("the archive cannot be used: {0}")]
    Archive(String),
    /// An animation cannot be written.
    #[error(transparent)]
    Animation(#[from] images::AnimationError),
    /// A picture that does not fit the animation.
    #[error("a picture of the animation is not {0}x{0} pixels")]
    PictureSize(u32),
    /// An animation gets a picture after its end.
    #[error("the animation is finished already")]
    Finished,
    /// The device stopped answering. What was asked can be asked again on another device.
    #[error("the device failed: {0}")]
    Device(String),
}

/// What the visitor can do about a model's error, as the end of its sentence; empty where the sentence says enough.
fn advice_on(error: &bigan::ModelError) -> &'static str {
    match error {
        bigan::ModelError::Format {
            found, expected, ..
        } if found > expected => "; reload the page to get its newest version",
        _ => "",
    }
}

impl From<bigan::burn::tensor::ExecutionError> for WebError {
    fn from(error: bigan::burn::tensor::ExecutionError) -> Self {
        Self::Device(error.to_string())
    }
}

impl From<kernels::inference::InferenceError> for WebError {
    fn from(error: kernels::inference::InferenceError) -> Self {
        use kernels::inference::InferenceError::{Canvas, Lost, TooLarge};
        match error {
            Lost(reason) => Self::Device(reason),
            TooLarge { .. } | Canvas(_) => Self::Graphics(error),
        }
    }
}
