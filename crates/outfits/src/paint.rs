//! Colours, and cloth with its patterns.

use crate::dice::Dice;
use crate::path::Point;

/// Red, green, blue from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Colour(pub [f64; 3]);

impl Colour {
    /// From `0xrrggbb`.
    pub const fn hex(code: u32) -> Self {
        let red = (code >> 16 & 0xff) as f64;
        let green = (code >> 8 & 0xff) as f64;
        let blue = (code & 0xff) as f64;
        Self([red / 255.0, green / 255.0, blue / 255.0])
    }

    /// This colour with a share of another laid over it.
    pub fn mix(self, other: Self, share: f64) -> Self {
        let mut mixed = self.0;
        for (value, other) in mixed.iter_mut().zip(other.0) {
            *value += (other - *value) * share;
        }
        Self(mixed)
    }

    /// Brighter above 1, darker below.
    pub fn light(self, factor: f64) -> Self {
        Self(self.0.map(|value| (value * factor).clamp(0.0, 1.0)))
    }

    /// How bright it looks, 0 to 1.
    pub fn brightness(self) -> f64 {
        let [red, green, blue] = self.0;
        0.3 * red + 0.59 * green + 0.11 * blue
    }

    /// A little off, as no two dyes are alike.
    pub fn varied(self, dice: &mut Dice) -> Self {
        let factor = dice.between(0.9, 1.08);
        Self(
            self.0
                .map(|value| (value * factor + dice.between(-0.03, 0.03)).clamp(0.0, 1.0)),
        )
    }
}

/// What is printed or woven on a cloth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pattern {
    Plain,
    /// Stripes across, so many per garment.
    Across(f64),
    /// Stripes along.
    Along(f64),
    Slanted(f64),
    Dots(f64),
    Checks(f64),
    /// One wide band across the chest.
    Band,
}

/// How a shape is coloured, in the garment's own coordinates.
#[derive(Clone, Copy, Debug)]
pub struct Paint {
    pub base: Colour,
    pub second: Colour,
    pub pattern: Pattern,
    /// 1 covers, 0 is invisible.
    pub alpha: f64,
    /// How much the sides and the hem lie in shadow.
    pub shade: f64,
}

impl Paint {
    /// One flat colour.
    pub fn flat(colour: Colour) -> Self {
        Self {
            base: colour,
            second: colour,
            pattern: Pattern::Plain,
            alpha: 1.0,
            shade: 0.0,
        }
    }

    /// A cloth: colours that go together, most of them plain.
    pub fn cloth(dice: &mut Dice) -> Self {
        let base = dice.pick(&CLOTHS).varied(dice);
        let mut second = dice.pick(&CLOTHS).varied(dice);
        if (second.brightness() - base.brightness()).abs() < 0.25 {
            // Too close to be seen as a pattern.
            let far = if base.brightness() > 0.5 {
                0x2b2d42
            } else {
                0xf6f1e7
            };
            second = Colour::hex(far);
        }
        let pattern = match dice.between(0.0, 1.0) {
            x if x < 0.46 => Pattern::Plain,
            x if x < 0.60 => Pattern::Across(dice.between(3.0, 7.0)),
            x if x < 0.68 => Pattern::Along(dice.between(3.0, 7.0)),
            x if x < 0.74 => Pattern::Slanted(dice.between(3.0, 6.0)),
            x if x < 0.84 => Pattern::Dots(dice.between(3.0, 6.0)),
            x if x < 0.93 => Pattern::Checks(dice.between(2.5, 5.0)),
            _ => Pattern::Band,
        };
        Self {
            base,
            second,
            pattern,
            alpha: 1.0,
            shade: dice.between(0.10, 0.22),
        }
    }

    pub fn see_through(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// The same cloth without its pattern.
    pub fn plain(self) -> Self {
        Self {
            pattern: Pattern::Plain,
            ..self
        }
    }

    /// The line around it.
    pub fn outline(self) -> Self {
        Self::flat(self.base.light(0.45).mix(Colour::hex(0x1d1a22), 0.25))
    }

    /// The colour at a point of the garment.
    pub fn at(&self, (x, y): Point) -> Colour {
        let cloth = self.base.mix(self.second, self.share((x, y)));
        // Light falls from the upper left.
        let slope = 0.5 * x + 0.35 * y;
        cloth.light(1.0 - self.shade * (slope + 0.8 * x * x))
    }

    /// How much of the second colour the pattern shows at a point.
    fn share(&self, (x, y): Point) -> f64 {
        let on = |value: f64, width: f64| f64::from(fraction(value) < width);
        match self.pattern {
            Pattern::Plain => 0.0,
            Pattern::Across(count) => on((y + 1.0) / 2.0 * count + 0.25, 0.42),
            // Half a stripe off, so that one runs down the middle.
            Pattern::Along(count) => on((x / 2.0) * count + 0.2, 0.4),
            Pattern::Slanted(count) => on((x + y) / 2.0 * count, 0.4),
            Pattern::Checks(count) => {
                0.45 * (on(x / 2.0 * count + 0.25, 0.5) + on(y / 2.0 * count, 0.5))
            }
            Pattern::Dots(count) => {
                let row = (y / 2.0 * count).floor();
                let shift = if fraction(row / 2.0) > 0.25 { 0.5 } else { 0.0 };
                let dx = fraction(x / 2.0 * count + shift) - 0.5;
                let dy = fraction(y / 2.0 * count) - 0.5;
                f64::from(dx * dx + dy * dy < 0.085)
            }
            Pattern::Band => f64::from((-0.3..0.05).contains(&y)),
        }
    }
}

fn fraction(value: f64) -> f64 {
    value - value.floor()
}

/// Dyes.
const CLOTHS: [Colour; 26] = palette([
    0xf6f1e7, 0xffffff, 0xe9e4da, 0x22223b, 0x2b2d42, 0x1b1b1e, 0x4a4e69, 0x8d99ae, 0x264653,
    0x2a9d8f, 0xe9c46a, 0xf4a261, 0xe76f51, 0xd62839, 0x9b2226, 0x6d597a, 0xb56576, 0xf2b5d4,
    0x7bdff2, 0x3a86ff, 0x1d3557, 0x588157, 0x344e41, 0xa3b18a, 0x7f5539, 0xddb892,
]);

/// Colours from their codes.
pub const fn palette<const N: usize>(codes: [u32; N]) -> [Colour; N] {
    let mut colours = [Colour([0.0; 3]); N];
    let mut index = 0;
    while index < N {
        colours[index] = Colour::hex(codes[index]);
        index += 1;
    }
    colours
}
