//! Pictures from a canvas.

use images::RgbImage;

use crate::WebError;

/// The picture of a canvas of `side` x `side` pixels, as the model's are, without its alpha.
///
/// # Errors
/// When it is of another size: networks take one alone.
pub fn rgb(pixels: &[u8], side: usize) -> Result<RgbImage, WebError> {
    let wrong = || WebError::NoPicture(pixels.len(), side);
    if pixels.len() != 4 * side * side {
        return Err(wrong());
    }
    let bytes = pixels
        .chunks_exact(4)
        .flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]);
    let side = side as u32; // 128 at most
    RgbImage::from_raw(side, side, bytes.collect()).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alpha_is_left_out_and_a_picture_of_another_side_is_refused() {
        let pixels: Vec<u8> = (0..16).collect();
        let picture = rgb(&pixels, 2).unwrap();
        assert_eq!(picture.as_raw()[..6], [0, 1, 2, 4, 5, 6]);
        for side in [1, 3, 64] {
            let told = rgb(&pixels, side).unwrap_err().to_string();
            assert!(told.contains(&format!("{side}x{side}")), "{told}");
        }
    }
}
