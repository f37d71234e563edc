//! Text as pixels, in a font that is part of the program: what a machine has installed changes nothing.

use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster, get_raster_width};

const WEIGHT: FontWeight = FontWeight::Regular;

/// A line of printable ASCII; other characters leave their place empty.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    line: &'a str,
    height: RasterHeight,
}

impl<'a> Text<'a> {
    /// `line` in the largest of the font's heights, 16, 20, 24 and 32 pixels, that is at most `height`; 16 if none is.
    pub fn new(line: &'a str, height: u32) -> Self {
        let height = match height {
            32.. => RasterHeight::Size32,
            24.. => RasterHeight::Size24,
            20.. => RasterHeight::Size20,
            _ => RasterHeight::Size16,
        };
        Self { line, height }
    }

    /// Width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        let width = self.line.chars().count() * get_raster_width(WEIGHT, self.height);
        (width as u32, self.height.val() as u32)
    }

    /// The pixels with ink: x, y, and how much of the pixel the ink covers, above 0 up to 1.
    pub fn ink(&self) -> impl Iterator<Item = (u32, u32, f64)> + use<'a> {
        let height = self.height;
        let glyphs = (0u32..).zip(self.line.chars());
        glyphs.flat_map(move |(index, character)| {
            let left = index * get_raster_width(WEIGHT, height) as u32;
            let glyph = get_raster(character, WEIGHT, height);
            let rows = glyph
                .into_iter()
                .flat_map(|glyph| (0u32..).zip(glyph.rows()));
            rows.flat_map(move |(y, row)| {
                let pixels = (left..).zip(row.iter()).filter(|(_, ink)| **ink > 0);
                pixels.map(move |(x, ink)| (x, y, f64::from(*ink) / 255.0))
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ink_lies_inside_and_each_character_has_its_own() {
        for (asked, height) in [(0, 16), (16, 16), (19, 16), (20, 20), (27, 24), (900, 32)] {
            let text = Text::new("8%", asked);
            let (width, found) = text.size();
            assert_eq!(found, height, "{asked}");
            let ink: Vec<_> = text.ink().collect();
            assert!(ink.iter().all(|(x, y, _)| *x < width && *y < height));
            assert!(ink.iter().all(|(_, _, ink)| *ink > 0.0 && *ink <= 1.0));
            let right = ink.iter().filter(|(x, _, _)| *x >= width / 2).count();
            assert!(
                right > 10 && ink.len() - right > 10,
                "{right} of {}",
                ink.len()
            );
        }
    }

    #[test]
    fn unknown_characters_take_their_place() {
        let text = Text::new("é1", 16);
        let (width, _) = text.size();
        assert_eq!(text.size(), Text::new("11", 16).size());
        assert!(text.ink().count() > 0);
        assert!(text.ink().all(|(x, _, _)| x >= width / 2));
    }
}
