//! Pictures with D's percentage at their top left.

use images::RgbImage;

use crate::inference::Rebuilt;

/// A picture `enlarge` times as large, pixels kept as squares, with D's percentage written on it.
pub fn stamped(picture: &RgbImage, score: f32, enlarge: u32) -> RgbImage {
    let mut tile = images::enlarge(picture, enlarge);
    images::stamp(&mut tile, &format!("{:.0}%", 100.0 * score));
    tile
}

/// Originals in odd columns, reconstructions in even ones, as the paper lays them out.
pub fn reconstructions(
    originals: &[RgbImage],
    rebuilt: &[Rebuilt],
    enlarge: u32,
    columns: u32,
    gap: u32,
) -> RgbImage {
    let tiles: Vec<RgbImage> = originals
        .iter()
        .zip(rebuilt)
        .flat_map(|(original, made)| {
            [
                stamped(original, made.score_real, enlarge),
                stamped(&made.picture, made.score, enlarge),
            ]
        })
        .collect();
    images::grid(&tiles, columns, gap)
}
