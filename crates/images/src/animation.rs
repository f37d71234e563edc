//! An animated GIF, one picture after the other, so that whoever makes it can say how far it is, or stop.

use gif::{Encoder, EncodingError, Frame, Repeat};
use image::RgbImage;

/// How thoroughly each picture's 256 colours are chosen, from 1 (all its pixels are looked at) to 30.
const SPEED: i32 = 1;

/// Why there is no animation.
#[derive(Debug, thiserror::Error)]
pub enum AnimationError {
    /// GIF stores sizes in 16 bits, and none is 0.
    #[error("an animation cannot be {0} x {1} pixels: each must be 1 to 65,535")]
    Size(u32, u32),
    /// All pictures of an animation are of one size.
    #[error("a picture of {0} x {1} pixels is not of the animation's size")]
    Other(u32, u32),
    /// The encoder's own words.
    #[error("the animation cannot be written: {0}")]
    Encoding(#[from] EncodingError),
}

/// An endless animation that is being made.
pub struct Animation {
    encoder: Encoder<Vec<u8>>,
    size: (u32, u32),
    factor: u32,
    delay: u16,
}

impl std::fmt::Debug for Animation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Animation")
            .field("size", &self.size)
            .field("delay", &self.delay)
            .finish_non_exhaustive()
    }
}

impl Animation {
    /// Of pictures `width` x `height`, each of their pixels shown as `factor` x `factor`, and each picture for `delay`
    /// hundredths of a second.
    ///
    /// # Errors
    /// When no GIF can be of that size.
    pub fn new(width: u32, height: u32, factor: u32, delay: u16) -> Result<Self, AnimationError> {
        let (wide, high) = (width.saturating_mul(factor), height.saturating_mul(factor));
        let side = |pixels: u32| u16::try_from(pixels).ok().filter(|&pixels| pixels > 0);
        let both = side(wide).zip(side(high));
        let (wide, high) = both.ok_or(AnimationError::Size(wide, high))?;
        let mut encoder = Encoder::new(Vec::new(), wide, high, &[])?;
        encoder.set_repeat(Repeat::Infinite)?;
        Ok(Self {
            encoder,
            size: (width, height),
            factor,
            delay,
        })
    }

    /// Adds a picture, with colours of its own.
    ///
    /// # Errors
    /// When it is of another size.
    pub fn push(&mut self, picture: &RgbImage) -> Result<(), AnimationError> {
        let (width, height) = picture.dimensions();
        if (width, height) != self.size {
            return Err(AnimationError::Other(width, height));
        }
        // Neither can be larger than the file's own, which fits.
        let [narrow, low, factor] = [width, height, self.factor].map(|pixels| pixels as u16);
        // Colours are chosen before enlarging: there are the same ones, and fewer pixels to look at.
        let mut frame = Frame::from_rgb_speed(narrow, low, picture.as_raw(), SPEED);
        frame.buffer = enlarged(&frame.buffer, usize::from(narrow), usize::from(factor)).into();
        (frame.width, frame.height) = (narrow * factor, low * factor);
        frame.delay = self.delay;
        Ok(self.encoder.write_frame(&frame)?)
    }

    /// The whole file.
    ///
    /// # Errors
    /// When the encoder cannot end it.
    pub fn finish(self) -> Result<Vec<u8>, AnimationError> {
        Ok(self.encoder.into_inner()?)
    }
}

/// Rows of `width` colours, each as a block of `factor` x `factor`.
fn enlarged(colours: &[u8], width: usize, factor: usize) -> Vec<u8> {
    let rows = colours.chunks_exact(width.max(1)).flat_map(|row| {
        let wide: Vec<u8> = row
            .iter()
            .flat_map(|&colour| std::iter::repeat_n(colour, factor))
            .collect();
        wide.repeat(factor)
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn its_pictures_come_back_in_order() {
        let mut animation = Animation::new(6, 5, 2, 8).unwrap();
        for red in [0, 60, 120, 60] {
            let picture = RgbImage::from_pixel(6, 5, Rgb([red, 10, 200]));
            animation.push(&picture).unwrap();
        }
        let bytes = animation.finish().unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes.as_slice()).unwrap();
        assert_eq!((decoder.width(), decoder.height()), (12, 10));
        assert_eq!(decoder.repeat(), Repeat::Infinite);
        let mut reds = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            assert_eq!(frame.buffer[1..4], [10, 200, 255]);
            assert_eq!(frame.delay, 8);
            reds.push(frame.buffer[0]);
        }
        assert_eq!(reds, [0, 60, 120, 60]);
    }

    #[test]
    fn pixels_become_blocks() {
        assert_eq!(
            enlarged(&[1, 2, 3, 4], 2, 2),
            [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]
        );
    }

    #[test]
    fn sizes_that_do_not_fit_are_refused() {
        for (width, height) in [(0, 5), (5, 70_000)] {
            let refused = Animation::new(width, height, 1, 1).unwrap_err().to_string();
            assert!(refused.contains("1 to 65,535"), "{refused}");
        }
        let mut animation = Animation::new(4, 4, 1, 1).unwrap();
        assert!(animation.push(&RgbImage::new(4, 5)).is_err());
    }
}
