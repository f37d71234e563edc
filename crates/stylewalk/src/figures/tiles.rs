//! Pictures with D's probability, in percent, at their top left.

use images::RgbImage;

use crate::networks::Rebuilt;

/// A picture `enlarge` times as large, pixels kept as squares, with D's probability written on it in percent.
pub fn stamped(picture: &RgbImage, probability: f32, enlarge: u32) -> RgbImage {
    let mut tile = images::enlarge(picture, enlarge);
    images::stamp(&mut tile, &format!("{:.0}%", 100.0 * probability));
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
    let pairs = originals.iter().zip(rebuilt);
    let tiles: Vec<RgbImage> = pairs
        .flat_map(|(original, made)| pair(original, made, enlarge))
        .collect();
    images::grid(&tiles, columns, gap)
}

/// A photograph and its reconstruction.
pub fn pair(original: &RgbImage, made: &Rebuilt, enlarge: u32) -> [RgbImage; 2] {
    [
        stamped(original, made.probability_real, enlarge),
        stamped(&made.picture, made.probability, enlarge),
    ]
}
