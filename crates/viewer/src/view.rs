//! A photograph file as E sees it.

use bigan::cutout::{Preprocess, Seen};
use images::{Limits, Subject, View};

use crate::ViewerError;

/// Decodes a photograph and makes it what E sees: all of it, or the part that `view` says, which keeps its frame. Where
/// the model sees garments alone, `subject` may still ask for the whole.
///
/// # Errors
/// When the file is no photograph.
pub fn seen(
    photo: &[u8],
    view: Option<&View>,
    subject: Subject,
    preprocess: &Preprocess,
) -> Result<Seen, ViewerError> {
    let photo = images::decode(photo, &Limits::default())?;
    let whole = Preprocess::whole(preprocess.fit);
    let preprocess = match subject {
        Subject::Whole => &whole,
        Subject::Garment => preprocess,
    };
    Ok(match view {
        Some(view) => preprocess.see_framed(&view.of(&photo)),
        None => preprocess.see(&photo),
    })
}
