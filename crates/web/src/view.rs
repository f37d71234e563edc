//! A photograph file as E sees it.

use bigan::SIDE;
use images::{Fit, Limits, RgbImage, View};

use crate::WebError;

/// Decodes a photograph and makes it 64x64: the part that `view` says, or all of it.
///
/// # Errors
/// When the file is no photograph.
pub fn seen(photo: &[u8], view: Option<&View>, fit: Fit) -> Result<RgbImage, WebError> {
    let whole = images::decode(photo, &Limits::default())?;
    let part = view.map(|view| view.of(&whole));
    Ok(images::square(
        part.as_ref().unwrap_or(&whole),
        SIDE as u32,
        fit,
    ))
}
