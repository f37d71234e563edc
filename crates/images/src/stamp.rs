use image::{Rgb, RgbImage};

/// A glyph: five rows of three bits, the left column in the highest bit.
const GLYPHS: [(char, [u8; 5]); 13] = [
    ('0', [0b111, 0b101, 0b101, 0b101, 0b111]),
    ('1', [0b010, 0b110, 0b010, 0b010, 0b111]),
    ('2', [0b111, 0b001, 0b111, 0b100, 0b111]),
    ('3', [0b111, 0b001, 0b111, 0b001, 0b111]),
    ('4', [0b101, 0b101, 0b111, 0b001, 0b001]),
    ('5', [0b111, 0b100, 0b111, 0b001, 0b111]),
    ('6', [0b111, 0b100, 0b111, 0b101, 0b111]),
    ('7', [0b111, 0b001, 0b010, 0b010, 0b010]),
    ('8', [0b111, 0b101, 0b111, 0b101, 0b111]),
    ('9', [0b111, 0b101, 0b111, 0b001, 0b111]),
    ('%', [0b101, 0b001, 0b010, 0b100, 0b101]),
    ('.', [0b000, 0b000, 0b000, 0b000, 0b010]),
    ('-', [0b000, 0b000, 0b111, 0b000, 0b000]),
];

/// Writes digits, `%`, `.`, `-` and spaces at the top left, white on a dark plate; other characters stay blank.
///
/// Glyphs are five pixels high on a picture of up to 127, twice that from 128 on, and so forth; what does not fit
/// is cut off.
pub fn stamp(image: &mut RgbImage, text: &str) {
    let scale = (image.width().min(image.height()) / 64).max(1);
    let columns = text.chars().count() as u32 * 4 + 1; // one column between and around glyphs
    let lit = lit(text);
    for y in 0..(7 * scale).min(image.height()) {
        for x in 0..(columns * scale).min(image.width()) {
            let on = lit(x / scale, y / scale);
            image.put_pixel(x, y, Rgb(if on { [255; 3] } else { [24; 3] }));
        }
    }
}

/// Tells whether a cell of the plate, in glyph pixels, belongs to a character.
fn lit(text: &str) -> impl Fn(u32, u32) -> bool {
    let rows: Vec<[u8; 5]> = text
        .chars()
        .map(|wanted| {
            let known = GLYPHS.iter().find(|(character, _)| *character == wanted);
            known.map_or([0; 5], |(_, rows)| *rows)
        })
        .collect();
    move |x, y| {
        let (Some(x), Some(y)) = (x.checked_sub(1), y.checked_sub(1)) else {
            return false;
        };
        let bits = rows
            .get(x as usize / 4)
            .and_then(|rows| rows.get(y as usize));
        x % 4 < 3 && bits.is_some_and(|bits| bits >> (2 - x % 4) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(image: &RgbImage, width: u32) -> Vec<String> {
        let row = |y| {
            let cell = |x| {
                if image.get_pixel(x, y)[0] == 255 {
                    '#'
                } else {
                    '.'
                }
            };
            (0..width).map(cell).collect()
        };
        (0..7).map(row).collect()
    }

    #[test]
    fn digits_are_readable() {
        let mut image = RgbImage::from_pixel(64, 64, Rgb([90, 200, 10]));
        stamp(&mut image, "47%");
        let expected = [
            ".............",
            ".#.#.###.#.#.",
            ".#.#...#...#.",
            ".###..#...#..",
            "...#..#..#...",
            "...#..#..#.#.",
            ".............",
        ];
        assert_eq!(drawn(&image, 13), expected);
        // Beyond the plate nothing changed.
        assert_eq!(image.get_pixel(13, 0).0, [90, 200, 10]);
        assert_eq!(image.get_pixel(0, 7).0, [90, 200, 10]);
    }

    #[test]
    fn grows_with_the_picture() {
        let mut image = RgbImage::new(128, 200);
        stamp(&mut image, "1");
        assert_eq!(image.get_pixel(4, 2).0, [255; 3]);
        assert_eq!(image.get_pixel(5, 3).0, [255; 3]);
        assert_eq!(image.get_pixel(3, 2).0, [24; 3]);
    }

    #[test]
    fn tiny_pictures_and_other_characters_are_fine() {
        for (width, height) in [(0, 0), (1, 1), (3, 2)] {
            let mut image = RgbImage::new(width, height);
            stamp(&mut image, "100%é");
            assert_eq!(image.dimensions(), (width, height));
        }
    }
}
