//! What can go wrong in this program, in the page's words.

use inference::{InferenceError, ModelError, RunError};
use web::WebError;

/// One sentence for the visitor.
#[derive(Debug, thiserror::Error)]
pub enum ViewerError {
    /// What both programs say.
    #[error(transparent)]
    Web(#[from] WebError),
    /// The device could not be opened.
    #[error(transparent)]
    Open(#[from] compute::GpuError),
    /// The model cannot be used.
    #[error("{0}{advice}", advice = advice_on(.0))]
    Model(#[from] ModelError),
    /// The model gives no answer.
    #[error(transparent)]
    Run(RunError),
    /// No model has begun to arrive.
    #[error("no model is loaded yet")]
    NoModel,
    /// Numbers that are not a view of a photograph.
    #[error("a view has 4 numbers, not {0}")]
    NoView(usize),
    /// Pixels that are too many or too few for a picture's size.
    #[error("{0} bytes of red, green, blue and alpha are not {1} x {2} pixels")]
    PixelCount(usize, u32, u32),
    /// An interpolation or an easing that a walk does not have.
    #[error("{0}")]
    Walk(String),
    /// A canvas that was never attached.
    #[error("there is no canvas {0}: attach it first")]
    NoCanvas(u32),
    /// The device cannot draw on a canvas.
    #[error("this device cannot draw on a canvas: ask for the pictures and draw them")]
    NoDrawing,
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

/// What the visitor can do about a model's error, as the end of its sentence; empty where the sentence says enough.
fn advice_on(error: &ModelError) -> &'static str {
    match error {
        ModelError::Format {
            found, expected, ..
        } if found > expected => "; reload the page to get its newest version",
        _ => "",
    }
}

impl From<RunError> for ViewerError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Device(InferenceError::Lost(reason)) => WebError::Device(reason).into(),
            other => Self::Run(other),
        }
    }
}

impl From<InferenceError> for ViewerError {
    fn from(error: InferenceError) -> Self {
        RunError::from(error).into()
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
