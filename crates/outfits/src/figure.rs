//! A person in two pieces, or in a dress.

use crate::bottoms::{shorts, skirt, trousers};
use crate::dice::Dice;
use crate::paint::{Colour, Paint, palette};
use crate::path::Path;
use crate::sketch::Sketch;
use crate::tops::{Cut, arm, dress, top};

const SKIN: [Colour; 6] = palette([0xffe0cc, 0xf3c9a5, 0xe0ac82, 0xc68b5e, 0x8f5a3a, 0x5c3a28]);
const HAIR: [Colour; 7] = palette([
    0x221a18, 0x3d2618, 0x6b4226, 0xa9713a, 0xe0be7a, 0xb5482a, 0x8d8a94,
]);

/// A standing person; the body's axis is the garment's.
pub fn figure(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let skin = Paint {
        shade: 0.08,
        ..Paint::flat(dice.pick(&SKIN))
    };
    let hair = Paint::flat(dice.pick(&HAIR));
    let long_hair = dice.chance(0.5);
    if long_hair {
        let length = dice.between(-0.52, -0.3);
        let back = Path::from(0.0, -0.99)
            .curve(0.28, -0.98, 0.24, length)
            .line(0.0, length + 0.03)
            .mirrored();
        sketch.piece(&back, &hair);
    }
    legs(sketch, dice, &skin);
    clothes(sketch, dice, &skin, cloth);
    head(sketch, dice, &skin, &hair);
}

fn legs(sketch: &mut Sketch, dice: &mut Dice, skin: &Paint) {
    let leg = Path::from(0.03, 0.05)
        .line(0.2, 0.05)
        .curve(0.19, 0.5, 0.15, 0.9)
        .line(0.07, 0.9);
    let shoe = Path::from(0.06, 0.86)
        .line(0.16, 0.86)
        .curve(0.26, 0.9, 0.24, 0.97)
        .line(0.05, 0.97);
    let leather = Paint::flat(dice.pick(&SHOES));
    for (leg, shoe) in [(leg.clone(), shoe.clone()), (leg.flipped(), shoe.flipped())] {
        sketch.piece(&leg, skin);
        sketch.piece(&shoe, &leather);
    }
}

const SHOES: [Colour; 5] = palette([0x2a2522, 0xf4f1ea, 0x9b2226, 0x7f5539, 0x3a86ff]);

fn clothes(sketch: &mut Sketch, dice: &mut Dice, skin: &Paint, cloth: &Paint) {
    let spread = dice.between(0.12, 0.42);
    let upper = ((0.0, -0.2), (0.5, 0.5));
    if dice.chance(0.3) {
        arms(&mut sketch.within(upper.0, upper.1), spread, skin);
        // A longer dress is a taller one; its shoulders stay where the arms begin.
        let tall = dice.between(0.5, 0.72);
        let mut worn = sketch.within((0.0, -0.56 + 0.72 * tall), (0.5, tall));
        dress(&mut worn, dice, spread, cloth);
        return;
    }
    let below = Paint::cloth(dice);
    match dice.pick(&[0, 1, 2]) {
        0 => skirt(&mut sketch.within((0.0, 0.32), (0.52, 0.36)), dice, &below),
        1 => trousers(
            &mut sketch.within((0.0, 0.4), (0.52, 0.5)),
            dice,
            &below.plain(),
        ),
        _ => shorts(&mut sketch.within((0.0, 0.42), (0.5, 0.5)), dice, &below),
    }
    let mut worn = sketch.within(upper.0, upper.1);
    arms(&mut worn, spread, skin);
    let cut = if dice.chance(0.5) {
        Cut::t_shirt(dice)
    } else {
        Cut::long_sleeve(dice)
    };
    let cut = Cut {
        spread,
        length: dice.between(0.4, 0.55),
        ..cut
    };
    top(&mut worn, dice, &cut, cloth);
}

/// Neck, arms and hands, in a top's coordinates.
fn arms(sketch: &mut Sketch, spread: f64, skin: &Paint) {
    let chest = Path::rectangle(-0.46, -0.72, 0.46, 0.3);
    sketch.patch(&chest, skin);
    let right = arm(1.3, spread, 0.06);
    for side in [right.clone(), right.flipped()] {
        sketch.piece(&side, skin);
    }
}

fn head(sketch: &mut Sketch, dice: &mut Dice, skin: &Paint, hair: &Paint) {
    let neck = Path::rectangle(-0.06, -0.72, 0.06, -0.58);
    sketch.patch(&neck, skin);
    sketch.piece(&Path::ellipse(0.0, -0.79, 0.165, 0.175), skin);
    let fringe = dice.between(-0.9, -0.84);
    let cut = Path::from(0.0, -1.0)
        .curve(0.2, -1.0, 0.185, -0.76)
        .curve(0.15, fringe, 0.0, fringe)
        .mirrored();
    sketch.piece(&cut, hair);
    let dark = Paint::flat(Colour::hex(0x2b2024));
    let light = Paint::flat(Colour::hex(0xfbf6f0));
    for x in [-0.065, 0.065] {
        sketch.patch(&Path::ellipse(x, -0.77, 0.032, 0.034), &light);
        sketch.patch(&Path::ellipse(x, -0.77, 0.02, 0.026), &dark);
        let cheek = Path::ellipse(x * 1.6, -0.715, 0.032, 0.022);
        sketch.patch(&cheek, &Paint::flat(Colour::hex(0xe8746a)).see_through(0.4));
    }
    let smile = Path::from(-0.04, -0.7).curve(0.0, -0.66, 0.04, -0.7);
    sketch.line(&smile, 0.8, &dark);
}
