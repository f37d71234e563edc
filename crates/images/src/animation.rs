//! An animated GIF, one picture after the other, so that whoever makes it can say how far it is, or stop.
//!
//! Of each picture only what is not as before is written, in 63 colours of its own and one that lets what was there be seen:
//! with all pixels in 256 colours, files are twice as large and look the same.

use color_quant::NeuQuant;
use gif::{DisposalMethod, Encoder, EncodingError, Frame, Repeat};
use image::RgbImage;

/// How thoroughly each picture's colours are chosen, from 1 (all its pixels are looked at) to 30.
const SPEED: i32 = 1;
/// Colours of the first picture, which is written as a whole, and of what changes in those that follow.
const COLOURS: [usize; 2] = [255, 63];
/// The colour that lets what was there before be seen; the others follow it.
const TRANSPARENT: u8 = 0;
/// A pixel whose channels are all this near to what is shown, of 255, is as before.
const UNSEEN: u8 = 6;
/// The same where it is to be white, on which shadows of what was there are seen; from which value on that is.
const UNSEEN_ON_WHITE: u8 = 2;
const WHITE: u8 = 248;

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
    /// What is seen after the last picture; nothing before the first.
    shown: Option<RgbImage>,
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
            shown: None,
        })
    }

    /// Adds a picture.
    ///
    /// # Errors
    /// When it is of another size.
    pub fn push(&mut self, picture: &RgbImage) -> Result<(), AnimationError> {
        let (width, height) = picture.dimensions();
        if (width, height) != self.size {
            return Err(AnimationError::Other(width, height));
        }
        let part = Part::of(self.shown.take(), picture);
        self.encoder
            .write_frame(&part.frame(self.factor, self.delay))?;
        self.shown = Some(part.shown);
        Ok(())
    }

    /// The whole file.
    ///
    /// # Errors
    /// When the encoder cannot end it.
    pub fn finish(self) -> Result<Vec<u8>, AnimationError> {
        Ok(self.encoder.into_inner()?)
    }
}

/// What of a picture is written.
struct Part {
    /// What is seen afterwards.
    shown: RgbImage,
    palette: Vec<u8>,
    /// For each pixel of the box, its place in the palette.
    places: Vec<u8>,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
}

impl Part {
    /// All of the first picture; of others the smallest box around what is not as `before`.
    fn of(before: Option<RgbImage>, picture: &RgbImage) -> Self {
        let differs = |x: u32, y: u32| {
            before.as_ref().is_none_or(|before| {
                let (a, b) = (before.get_pixel(x, y).0, picture.get_pixel(x, y).0);
                let white = b.iter().all(|&value| value >= WHITE);
                let unseen = if white { UNSEEN_ON_WHITE } else { UNSEEN };
                (0..3).any(|channel| a[channel].abs_diff(b[channel]) > unseen)
            })
        };
        let all = || {
            picture
                .enumerate_pixels()
                .filter(|(x, y, _)| differs(*x, *y))
        };
        let along = |axis: fn((u32, u32)) -> u32| {
            let places = || all().map(|(x, y, _)| axis((x, y)));
            // Where nothing has changed, one pixel takes the picture's time.
            let first = places().min().unwrap_or(0);
            (first, places().max().map_or(1, |last| last + 1 - first))
        };
        let ((left, width), (top, height)) = (along(|(x, _)| x), along(|(_, y)| y));
        let most = COLOURS[usize::from(before.is_some())];
        let colours = Colours::of(all().map(|(_, _, pixel)| pixel.0), most);
        let mut shown = before.clone().unwrap_or_else(|| picture.clone());
        let mut places = Vec::new();
        for y in top..top + height {
            for x in left..left + width {
                let place = if differs(x, y) {
                    colours.place(picture.get_pixel(x, y).0)
                } else {
                    TRANSPARENT
                };
                if place != TRANSPARENT {
                    let from = usize::from(place) * 3;
                    let colour = &colours.palette[from..from + 3];
                    shown.get_pixel_mut(x, y).0.copy_from_slice(colour);
                }
                places.push(place);
            }
        }
        Self {
            shown,
            palette: colours.palette,
            places,
            left,
            top,
            width,
            height,
        }
    }

    fn frame(&self, factor: u32, delay: u16) -> Frame<'static> {
        let [left, top, width, height] = [self.left, self.top, self.width, self.height]
            // None can be larger than the file's own, which fits.
            .map(|pixels| (pixels * factor) as u16);
        let buffer = enlarged(&self.places, self.width as usize, factor as usize);
        Frame {
            left,
            top,
            width,
            height,
            delay,
            dispose: DisposalMethod::Keep,
            transparent: Some(TRANSPARENT),
            palette: Some(self.palette.clone()),
            buffer: buffer.into(),
            ..Frame::default()
        }
    }
}

/// The colours of what is written, and how to find one.
struct Colours {
    /// Red, green and blue of the transparent one, and of the others.
    palette: Vec<u8>,
    /// Where there are too many to have all.
    chosen: Option<NeuQuant>,
}

impl Colours {
    /// All of these, or `most` that stand for them.
    fn of(pixels: impl Iterator<Item = [u8; 3]> + Clone, most: usize) -> Self {
        let mut palette = vec![0; 3];
        let mut few: Vec<[u8; 3]> = pixels.clone().collect();
        few.sort_unstable();
        few.dedup();
        if few.len() <= most {
            palette.extend(few.into_iter().flatten());
            return Self {
                palette,
                chosen: None,
            };
        }
        let rgba: Vec<u8> = pixels.flat_map(|[r, g, b]| [r, g, b, 255]).collect();
        let chosen = NeuQuant::new(SPEED, most, &rgba);
        palette.extend(chosen.color_map_rgb());
        Self {
            palette,
            chosen: Some(chosen),
        }
    }

    /// The place of the colour that stands for `colour`.
    fn place(&self, colour: [u8; 3]) -> u8 {
        let [r, g, b] = colour;
        let among = match &self.chosen {
            Some(chosen) => chosen.index_of(&[r, g, b, 255]),
            None => {
                let all = self.palette[3..].as_chunks::<3>().0;
                all.binary_search(&colour).unwrap_or(0)
            }
        };
        among as u8 + 1 // fewer than 255
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

    /// From one drawn outfit to another, `count` pictures.
    fn walk(count: u32) -> Vec<RgbImage> {
        let [from, to] = [3, 8].map(|seed| outfits::outfit(seed, 64).image);
        let mix = |step: u32, a: u8, b: u8| {
            let mixed = u32::from(a) * (count - step) + u32::from(b) * step;
            (mixed / count) as u8 // between the two
        };
        let picture = |step| {
            RgbImage::from_fn(64, 64, |x, y| {
                let (a, b) = (from.get_pixel(x, y), to.get_pixel(x, y));
                Rgb([0, 1, 2].map(|channel| mix(step, a[channel], b[channel])))
            })
        };
        (0..count).map(picture).collect()
    }

    /// What a player shows after each picture, at the size that they were added in.
    fn played(bytes: &[u8], factor: u32) -> Vec<RgbImage> {
        let mut options = gif::DecodeOptions::new();
        options.set_color_output(gif::ColorOutput::RGBA);
        let mut decoder = options.read_info(bytes).unwrap();
        let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
        let mut screen = RgbImage::new(width, height);
        let mut shown = Vec::new();
        while let Some(frame) = decoder.read_next_frame().unwrap() {
            for (at, pixel) in (0u32..).zip(frame.buffer.as_chunks::<4>().0) {
                let across = u32::from(frame.width);
                let (x, y) = (
                    u32::from(frame.left) + at % across,
                    u32::from(frame.top) + at / across,
                );
                if pixel[3] > 0 {
                    screen.put_pixel(x, y, Rgb([pixel[0], pixel[1], pixel[2]]));
                }
            }
            shown.push(RgbImage::from_fn(
                width / factor,
                height / factor,
                |x, y| *screen.get_pixel(x * factor, y * factor),
            ));
        }
        shown
    }

    #[test]
    fn what_is_seen_is_what_was_added_and_the_file_is_half_as_large_as_of_whole_pictures() {
        let mut pictures = walk(60);
        pictures.truncate(20);
        let mut animation = Animation::new(64, 64, 4, 6).unwrap();
        let mut whole = Encoder::new(Vec::new(), 256, 256, &[]).unwrap();
        for picture in &pictures {
            animation.push(picture).unwrap();
            let mut frame = Frame::from_rgb_speed(64, 64, picture.as_raw(), SPEED);
            frame.buffer = enlarged(&frame.buffer, 64, 4).into();
            (frame.width, frame.height) = (256, 256);
            whole.write_frame(&frame).unwrap();
        }
        let bytes = animation.finish().unwrap();
        let before = whole.into_inner().unwrap().len();
        assert!(
            bytes.len() * 2 <= before,
            "{} bytes, of whole pictures {before}",
            bytes.len()
        );
        for (shown, picture) in played(&bytes, 4).iter().zip(&pictures) {
            let apart = crate::psnr(shown, picture);
            assert!(apart > 34.0, "{apart} dB");
        }
        assert_eq!(played(&bytes, 4).len(), pictures.len());
    }

    #[test]
    fn a_picture_that_is_as_before_takes_its_time_and_hardly_a_byte() {
        // Of no more colours than there is room for.
        let picture = RgbImage::from_fn(40, 40, |x, y| {
            Rgb([(x / 4 * 20) as u8, (y / 4 * 20) as u8, 9])
        });
        let length = |count| {
            let mut animation = Animation::new(40, 40, 1, 9).unwrap();
            for _ in 0..count {
                animation.push(&picture).unwrap();
            }
            let bytes = animation.finish().unwrap();
            let shown = played(&bytes, 1);
            assert_eq!(shown.len(), count);
            assert!(shown.iter().all(|one| *one == shown[0]));
            bytes.len()
        };
        assert!(length(9) - length(8) < 40);
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
