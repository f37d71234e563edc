//! An animated GIF, one picture after the other, so that whoever makes it can say how far it is, or stop.

use gif::{Encoder, EncodingError, Frame, Repeat};
use image::RgbImage;

/// How thoroughly each picture's 256 colours are chosen, from 1 (all its pixels are looked at) to 30.
const SPEED: i32 = 10;

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
    size: (u16, u16),
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
    /// Of pictures `width` x `height`, each shown for `delay` hundredths of a second.
    ///
    /// # Errors
    /// When no GIF can be of that size.
    pub fn new(width: u32, height: u32, delay: u16) -> Result<Self, AnimationError> {
        let side = |pixels: u32| u16::try_from(pixels).ok().filter(|&pixels| pixels > 0);
        let size = side(width).zip(side(height));
        let (width, height) = size.ok_or(AnimationError::Size(width, height))?;
        let mut encoder = Encoder::new(Vec::new(), width, height, &[])?;
        encoder.set_repeat(Repeat::Infinite)?;
        Ok(Self {
            encoder,
            size: (width, height),
            delay,
        })
    }

    /// Adds a picture, with colours of its own.
    ///
    /// # Errors
    /// When it is of another size.
    pub fn push(&mut self, picture: &RgbImage) -> Result<(), AnimationError> {
        let (width, height) = self.size;
        if picture.dimensions() != (u32::from(width), u32::from(height)) {
            let (width, height) = picture.dimensions();
            return Err(AnimationError::Other(width, height));
        }
        let mut frame = Frame::from_rgb_speed(width, height, picture.as_raw(), SPEED);
        frame.delay = self.delay;
        Ok(self.encoder.write_frame(&frame)?)
    }

    /// The whole file.
    ///
    /// # Errors
    /// When the encoder cannot end it.
    pub fn finish(self) -> Result<Vec<u8>, AnimationError> {
        Ok(self.encoder.into_inner().map_err(EncodingError::from)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn its_pictures_come_back_in_order() {
        let mut animation = Animation::new(6, 5, 8).unwrap();
        for red in [0, 60, 120, 60] {
            let picture = RgbImage::from_pixel(6, 5, Rgb([red, 10, 200]));
            animation.push(&picture).unwrap();
        }
        let bytes = animation.finish().unwrap();
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes.as_slice()).unwrap();
        assert_eq!((decoder.width(), decoder.height()), (6, 5));
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
    fn sizes_that_do_not_fit_are_refused() {
        for (width, height) in [(0, 5), (5, 70_000)] {
            let refused = Animation::new(width, height, 1).unwrap_err().to_string();
            assert!(refused.contains("1 to 65,535"), "{refused}");
        }
        let mut animation = Animation::new(4, 4, 1).unwrap();
        assert!(animation.push(&RgbImage::new(4, 5)).is_err());
    }
}
