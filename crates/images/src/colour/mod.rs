//! Colours as a photograph's file describes them, to those of sRGB, which the networks were trained on.
//!
//! What is read are profiles of curves and a matrix (those of cameras, phones and screens: Display P3, Adobe RGB, ProPhoto)
//! and PNG's own chunks. A profile of tables, as printers and scanners have, is passed over. Everything is plain IEEE
//! arithmetic and `libm`, so that the page and the program see the same pixels; what is outside of sRGB is cut off, as
//! browsers and LittleCMS do. (moxcms 0.9 without its tables would add 60 kB, compressed, to what the page downloads before
//! its first picture; this adds 6.)

mod curve;
mod matrix;
mod primaries;
mod profile;

use curve::Curve;
use matrix::Matrix;
use primaries::Primaries;
use std::sync::LazyLock;

/// Steps in which amounts of light are told apart on the way to a byte: the darkest bytes are 5 of them apart.
const STEPS: usize = 1 << 14;
/// The byte of sRGB that stands for each amount of light, from 0 to [`STEPS`]: made once, and not for each of many photographs.
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let mut bytes = Vec::with_capacity(STEPS + 1);
    for byte in 0..=u8::MAX {
        // Powers take long, and a page's first photo waits for them: they are taken where one byte follows another.
        let mut end = match byte {
            u8::MAX => STEPS + 1,
            _ => (Curve::SRGB.at((f64::from(byte) + 0.5) / 255.0) * STEPS as f64) as usize,
        };
        while end <= STEPS && byte_of(end) <= byte {
            end += 1;
        }
        while end > bytes.len() && byte_of(end - 1) > byte {
            end -= 1;
        }
        bytes.resize(end, byte);
    }
    bytes
});

/// The byte that stands for an amount of light, 0 to [`STEPS`].
fn byte_of(step: usize) -> u8 {
    (Curve::from_light(step as f64 / STEPS as f64) * 255.0).round() as u8 // 0 to 255
}

/// A conversion that changes no colour by more than this leaves the picture alone: it is in sRGB, and its profile rounded.
const SAME: u8 = 1;

/// How the numbers in a file become those of sRGB.
#[derive(Clone, Debug)]
pub struct Colours {
    /// For each channel, the amount of light that each byte stands for.
    light: [Box<[f32; 256]>; 3],
    /// From the file's red, green and blue light to sRGB's.
    matrix: [[f32; 3]; 3],
}

impl Colours {
    /// Of an ICC profile; none where it describes sRGB, or cannot be followed. That of a `grey` picture may be of grey.
    pub fn of_profile(profile: &[u8], grey: bool) -> Option<Self> {
        let (curves, matrix) = profile::read(profile, grey)?;
        Self::new(&curves.each_ref(), matrix)
    }

    /// Of the codes for primaries and for transfer that PNG's cICP has, as H.273 numbers them.
    pub fn of_codes(primaries: u8, transfer: u8) -> Option<Self> {
        let curve = Curve::of_code(transfer)?;
        Self::new(&[&curve; 3], Primaries::of_code(primaries)?.to_srgb()?)
    }

    /// Of an exponent as PNG's gAMA has it (0.45455 stands for sRGB's curve), and of the coordinates of white, red, green
    /// and blue as cHRM has them, where it is there.
    pub fn of_gamma(gamma: f64, chromaticities: Option<[(f64, f64); 4]>) -> Option<Self> {
        let curve = Curve::of_gamma(gamma)?;
        let primaries = chromaticities.map_or(Primaries::SRGB, Primaries::new);
        Self::new(&[&curve; 3], primaries.to_srgb()?)
    }

    fn new(curves: &[&Curve; 3], matrix: Matrix) -> Option<Self> {
        let light = curves.map(|curve| {
            let mut light = Box::new([0.0; 256]);
            for (byte, light) in light.iter_mut().enumerate() {
                *light = curve.at(byte as f64 / 255.0) as f32;
            }
            light
        });
        let made = Self {
            light,
            matrix: matrix.0.map(|row| row.map(|value| value as f32)),
        };
        let usable = made
            .matrix
            .as_flattened()
            .iter()
            .all(|value| value.is_finite());
        (usable && made.changes()).then_some(made)
    }

    /// Whether some colour becomes another.
    fn changes(&self) -> bool {
        let greys = (0..=255).map(|value| [value; 3]);
        let corners = (0..216u8).map(|at| [at % 6 * 51, at / 6 % 6 * 51, at / 36 * 51]);
        greys.chain(corners).any(|colour| {
            let made = self.of(colour);
            (0..3).any(|channel| made[channel].abs_diff(colour[channel]) > SAME)
        })
    }

    /// A colour in sRGB.
    pub fn of(&self, colour: [u8; 3]) -> [u8; 3] {
        let [red, green, blue]: [f32; 3] =
            std::array::from_fn(|channel| self.light[channel][usize::from(colour[channel])]);
        self.matrix.map(|row| {
            let light = row[0] * red + row[1] * green + row[2] * blue;
            // `as` takes what is not a number to 0.
            BYTES[(light.clamp(0.0, 1.0) * STEPS as f32 + 0.5) as usize]
        })
    }

    /// Takes pixels of red, green and blue to sRGB.
    pub fn apply(&self, pixels: &mut [u8]) {
        // Neighbours are often equal.
        let mut last = ([0; 3], self.of([0; 3]));
        for pixel in pixels.as_chunks_mut::<3>().0 {
            if *pixel != last.0 {
                last = (*pixel, self.of(*pixel));
            }
            *pixel = last.1;
        }
    }
}

#[cfg(test)]
mod tests;
