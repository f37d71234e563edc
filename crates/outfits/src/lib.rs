//! Drawn outfits: simple garments and people from a seed, for tests and for a first training without a download.
//!
//! The same seed gives the same pixels on every platform: choices come from ChaCha8, shapes from plain
//! arithmetic and `libm`, whose sine is no platform's own.

mod bottoms;
mod canvas;
mod dice;
mod extras;
mod figure;
mod ground;
mod paint;
mod path;
mod sketch;
mod tops;

use canvas::Canvas;
use dice::Dice;
use ground::Ground;
use image::RgbImage;
use paint::{Colour, Paint};
use path::Pose;
use sketch::Sketch;
use tops::Cut;

/// A picture of an outfit and what it shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Outfit {
    /// Square, 8-bit RGB.
    pub image: RgbImage,
    /// One of [`LABELS`].
    pub label: &'static str,
}

/// Everything that is drawn, equally often; garments are named as in the clothing photographs.
pub const LABELS: [&str; 10] = [
    "t-shirt",
    "longsleeve",
    "dress",
    "skirt",
    "pants",
    "shorts",
    "outwear",
    "hat",
    "shoes",
    "figure",
];

/// Draws outfit number `seed`, `side` x `side` pixels.
pub fn outfit(seed: u64, side: u32) -> Outfit {
    drawn(seed, side, None)
}

/// The same on white, as if it was cut out.
pub fn outfit_on_white(seed: u64, side: u32) -> Outfit {
    drawn(seed, side, Some(Colour::hex(0xff_ff_ff)))
}

/// On the seed's ground, or on one colour; the outfit itself is the same.
fn drawn(seed: u64, side: u32, behind: Option<Colour>) -> Outfit {
    let mut dice = Dice::new(seed);
    let label = dice.pick(&LABELS);
    let cloth = Paint::cloth(&mut dice);
    let ground = Ground::choose(&mut dice, cloth.base);
    let mut canvas = Canvas::new(side, |point| behind.unwrap_or_else(|| ground.at(point)));
    let mut sketch = Sketch {
        pose: pose(&mut dice, label),
        canvas: &mut canvas,
    };
    draw(&mut sketch, &mut dice, label, &cloth);
    Outfit {
        image: canvas.finish(),
        label,
    }
}

/// A little larger or smaller, to one side, turned, stretched: no two are laid down the same way.
fn pose(dice: &mut Dice, label: &str) -> Pose {
    let size = dice.between(0.38, 0.47);
    let lean = if label == "figure" { 0.04 } else { 0.13 };
    let centre = (dice.between(0.46, 0.54), dice.between(0.47, 0.53));
    let half = (size * dice.between(0.94, 1.06), size);
    Pose::new(centre, half, dice.between(-lean, lean))
}

fn draw(sketch: &mut Sketch, dice: &mut Dice, label: &str, cloth: &Paint) {
    match label {
        "t-shirt" => {
            let cut = Cut::t_shirt(dice);
            tops::top(sketch, dice, &cut, cloth);
        }
        "longsleeve" => {
            let cut = Cut::long_sleeve(dice);
            tops::top(sketch, dice, &cut, cloth);
        }
        "dress" => tops::dress(sketch, dice, 0.5, cloth),
        "skirt" => bottoms::skirt(sketch, dice, cloth),
        "pants" => bottoms::trousers(sketch, dice, cloth),
        // Shorts end where trousers go on; closer up they fill the picture.
        "shorts" => bottoms::shorts(&mut sketch.within((0.0, 0.3), (1.2, 1.1)), dice, cloth),
        "outwear" => tops::coat(sketch, dice, cloth),
        "hat" => extras::hat(sketch, dice, cloth),
        "shoes" => extras::shoes(sketch, dice, &cloth.plain()),
        _ => figure::figure(sketch, dice, cloth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a over the pixels.
    fn checksum(image: &RgbImage) -> u64 {
        image
            .as_raw()
            .iter()
            .fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            })
    }

    /// The same on every platform and in every version: a seed in a report must mean the same picture later.
    #[test]
    fn a_seed_is_a_picture() {
        let sums = [0, 1, 2, 1000, u64::MAX].map(|seed| checksum(&outfit(seed, 64).image));
        let expected = [
            7_142_643_014_542_236,
            6_785_986_734_744_309_870,
            3_697_392_285_337_059_358,
            6_080_060_279_526_426_947,
            11_980_740_201_390_062_034,
        ];
        assert_eq!(sums, expected);
    }

    #[test]
    fn every_label_is_drawn_about_equally_often() {
        let mut counts = [0; LABELS.len()];
        for seed in 0..500 {
            let label = outfit(seed, 1).label;
            counts[LABELS.iter().position(|&known| known == label).unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|count| (25..80).contains(count)),
            "{counts:?}"
        );
    }

    #[test]
    fn outfits_differ_and_stand_out() {
        let outfits: Vec<_> = (0..60).map(|seed| outfit(seed, 32).image).collect();
        for (index, image) in outfits.iter().enumerate() {
            assert!(!outfits[..index].contains(image), "{index}");
            let corner = image.get_pixel(0, 0);
            let far = |pixel: &image::Rgb<u8>| (0..3).any(|c| pixel[c].abs_diff(corner[c]) > 30);
            let share = image.pixels().filter(|pixel| far(pixel)).count() as f64 / 1024.0;
            assert!(
                share > 0.08,
                "{index}: only {share} of the picture is not background"
            );
        }
    }

    #[test]
    fn an_outfit_on_white_is_the_same_outfit() {
        for seed in 0..20 {
            let (white, plain) = (outfit_on_white(seed, 64), outfit(seed, 64));
            assert_eq!(white.label, plain.label);
            assert_eq!(white.image.get_pixel(0, 0).0, [255; 3]);
            let pairs = white.image.pixels().zip(plain.image.pixels());
            let same = pairs.filter(|(a, b)| a == b).count();
            assert!(
                same > 300,
                "{seed}: {same} pixels of the outfit are the same"
            );
        }
    }

    #[test]
    fn any_side_works() {
        for side in [0, 1, 2, 7, 100] {
            assert_eq!(outfit(9, side).image.dimensions(), (side, side));
        }
    }
}
