//! Codes made of codes, for JavaScript. They go in and out one after the other in one array.

use inference::latent::{self, Walk};
use wasm_bindgen::prelude::*;
use web::WebError;

use crate::ViewerError;

/// The codes of a walk past `stops`, `steps` from stop to stop, back to the start if it is `closed`. `interpolation` is
/// `"straight"` or `"spherical"`, `easing` is `"even"` or `"gentle"`.
#[wasm_bindgen(js_name = walkCodes)]
pub fn walk_codes(
    stops: &[f32],
    latent: usize,
    interpolation: &str,
    easing: &str,
    closed: bool,
    steps: usize,
) -> Result<Vec<f32>, ViewerError> {
    whole(stops, latent)?;
    let walk = Walk {
        stops,
        latent,
        interpolation: interpolation.parse().map_err(unknown)?,
        easing: easing.parse().map_err(unknown)?,
        closed,
    };
    Ok(walk.codes(steps))
}

/// The code `across` and `down` (0 to 1) between the four in `corners`: top left, top right, bottom left, bottom right.
#[wasm_bindgen(js_name = mixCodes)]
pub fn mix_codes(corners: &[f32], across: f32, down: f32) -> Result<Vec<f32>, ViewerError> {
    let latent = corners.len() / 4;
    whole(corners, latent)?;
    let corner = |at: usize| &corners[at * latent..(at + 1) * latent];
    Ok(latent::mix(
        [corner(0), corner(1), corner(2), corner(3)],
        across,
        down,
    ))
}

/// The step from the code `from` to the code `to`, taken from `code`; of its length `amount`, where 1 is all of it.
#[wasm_bindgen(js_name = transferCode)]
pub fn transfer_code(code: &[f32], from: &[f32], to: &[f32], amount: f32) -> Vec<f32> {
    latent::transfer(code, from, to, amount)
}

/// A code, moved by steps that lie one after the other, each as often as `amounts` says.
#[wasm_bindgen(js_name = moveCode)]
pub fn move_code(code: &[f32], steps: &[f32], amounts: &[f32]) -> Vec<f32> {
    latent::moved(code, steps, amounts)
}

/// The codes that lie from `code` along one step, one for each of `amounts`.
#[wasm_bindgen(js_name = codesAlong)]
pub fn codes_along(code: &[f32], step: &[f32], amounts: &[f32]) -> Vec<f32> {
    let moved = |amount: &f32| latent::moved(code, step, &[*amount]);
    amounts.iter().flat_map(moved).collect()
}

fn whole(codes: &[f32], latent: usize) -> Result<(), ViewerError> {
    if latent > 0 && codes.len().is_multiple_of(latent) {
        return Ok(());
    }
    Err(WebError::NoCodes(codes.len(), latent).into())
}

fn unknown(error: impl std::fmt::Display) -> ViewerError {
    ViewerError::Walk(error.to_string())
}
