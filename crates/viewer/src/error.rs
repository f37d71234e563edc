//! What can go wrong in this program, in the page's words.

use web::WebError;

/// One sentence for the visitor.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// What both programs say.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The device could not be opened.
    #[error(transparent)]
    Open(#[from] kernels::DeviceError),
    /// The model cannot be used.
    #[error("{0}{advice}", advice = advice_on(.0))]
    Model(#[from] bigan::ModelError),
    /// The photograph cannot be used.
    #[error(transparent)]
    Photo(#[from] images::DecodeError),
    /// No model has begun to arrive, or not all of it is here that this needs.
    #[error("no model is loaded yet")]
    NoModel,
    /// D is not here.
    #[error("the model's discriminator is not here yet")]
    NoJudge,
    /// Numbers that are not a view of a photograph.
    #[error("a view has 4 numbers, not {0}")]
    NoView(usize),
    /// A picture that is not one of the networks'.
    #[error("a picture of {0} bytes is not 64x64 pixels of red, green, blue and alpha")]
    NoPicture(usize),
    /// An interpolation or an easing that a walk does not have.
    #[error("{0}")]
    Walk(String),
    /// The model has no file about photographs' codes, or it is not here.
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
    /// An animation cannot be written.
    #[error(transparent)]
    Animation(#[from] images::AnimationError),
    /// A picture that does not fit the animation.
    #[error("a picture of the animation is not {0}x{0} pixels")]
    PictureSize(u32),
    /// An animation gets a picture after its end.
    #[error("the animation is finished already")]
    Finished,
}

impl ViewerError {
    /// The device failed, and why.
    pub(crate) fn device(reason: String) -> Self {
        WebError::Device(reason).into()
    }
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

impl From<bigan::burn::tensor::ExecutionError> for ViewerError {
    fn from(error: bigan::burn::tensor::ExecutionError) -> Self {
        Self::device(error.to_string())
    }
}

impl From<kernels::inference::InferenceError> for ViewerError {
    fn from(error: kernels::inference::InferenceError) -> Self {
        use kernels::inference::InferenceError::{Canvas, Lost, TooLarge};
        match error {
            Lost(reason) => Self::device(reason),
            TooLarge { .. } | Canvas(_) => Self::Graphics(error),
        }
    }
}

#[cfg(target_family = "wasm")]
impl From<ViewerError> for wasm_bindgen::JsValue {
    fn from(error: ViewerError) -> Self {
        match error {
            ViewerError::Web(shared) => shared.into(),
            own => js_sys::Error::new(&own.to_string()).into(),
        }
    }
}
