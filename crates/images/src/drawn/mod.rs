//! Drawn outfits: simple garments and people from a seed, for tests and for a first training without a download.
//!
//! The same seed gives the same pixels on every platform: choices come from ChaCha8, shapes from plain arithmetic.

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
use paint::Paint;
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
    let mut dice = Dice::new(seed);
    let label = dice.pick(&LABELS);
    let cloth = Paint::cloth(&mut dice);
    let ground = Ground::choose(&mut dice, cloth.base);
    let mut canvas = Canvas::new(side, |point| ground.at(point));
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
        "shorts" => bottoms::shorts(sketch, dice, cloth),
        "outwear" => tops::coat(sketch, dice, cloth),
        "hat" => extras::hat(sketch, dice, cloth),
        "shoes" => extras::shoes(sketch, dice, &cloth.plain()),
        _ => figure::figure(sketch, dice, cloth),
    }
}
