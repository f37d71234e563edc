//! Colours, measured where the garment is.

use images::{Region, RgbImage};

/// What is measured, with the words for less and more of it.
pub const MEASURES: [Measure; 4] = [
    Measure {
        name: "brightness",
        ends: ["darker", "lighter"],
        of: |[r, g, b]| 0.2126 * r + 0.7152 * g + 0.0722 * b,
    },
    Measure {
        name: "warmth",
        ends: ["bluer", "yellower"],
        of: |[r, g, b]| (r + g) / 2.0 - b,
    },
    Measure {
        name: "redness",
        ends: ["greener", "redder"],
        of: |[r, g, _]| r - g,
    },
    Measure {
        name: "colourfulness",
        ends: ["greyer", "more colourful"],
        of: |[r, g, b]| r.max(g).max(b) - r.min(g).min(b),
    },
];

/// A number that a picture's mean colour has.
pub struct Measure {
    pub name: &'static str,
    pub ends: [&'static str; 2],
    /// Of red, green and blue, 0 to 255.
    of: fn([f64; 3]) -> f64,
}

impl Measure {
    /// Of the middle of `picture`, half as wide and high: what lies around is floor, wall and border.
    pub fn value(&self, picture: &RgbImage) -> f64 {
        let (width, height) = picture.dimensions();
        let middle = Region {
            left: width / 4,
            top: height / 4,
            width: width / 2,
            height: height / 2,
        };
        let part = middle.of(picture);
        let pixels = f64::from(part.width() * part.height()).max(1.0);
        let mean = std::array::from_fn(|channel| {
            let all = part.pixels().map(|pixel| f64::from(pixel[channel]));
            all.sum::<f64>() / pixels
        });
        (self.of)(mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgb;

    #[test]
    fn colours_are_told_apart_and_the_border_does_not_count() {
        let measured = |colour| {
            let mut picture = RgbImage::from_pixel(64, 64, Rgb([255; 3]));
            let garment = RgbImage::from_pixel(32, 32, Rgb(colour));
            image::imageops::replace(&mut picture, &garment, 16, 16);
            MEASURES.each_ref().map(|measure| measure.value(&picture))
        };
        let [bright, warm, red, colourful] = measured([200, 40, 40]);
        assert!(bright < 100.0 && warm > 0.0 && red > 100.0 && colourful > 100.0);
        assert_eq!(measured([90; 3]), [90.0, 0.0, 0.0, 0.0]);
    }
}
