//! Skirts, trousers and shorts: a waistband and what hangs from it.

use crate::dice::Dice;
use crate::paint::{Colour, Paint};
use crate::path::Path;
use crate::sketch::Sketch;
use crate::tops::folds;

/// Top edge of every bottom.
pub const WAIST: f64 = -0.9;
/// Half the width there.
pub const WAIST_HALF: f64 = 0.42;

/// A skirt, straight or flared, some pleated.
pub fn skirt(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let (hem, flare) = (dice.between(0.35, 0.85), dice.between(0.5, 0.95));
    let shape = Path::from(0.0, WAIST)
        .line(WAIST_HALF, WAIST)
        .curve(WAIST_HALF + 0.14, WAIST + 0.5, flare, hem - 0.05)
        .curve(flare * 0.5, hem + 0.06, 0.0, hem + 0.04)
        .mirrored();
    sketch.piece(&shape, cloth);
    folds(sketch, (WAIST_HALF, WAIST + 0.1), (flare, hem), cloth);
    if dice.chance(0.4) {
        let ruffle =
            Path::from(-flare * 0.93, hem - 0.2).curve(0.0, hem - 0.1, flare * 0.93, hem - 0.2);
        sketch.line(&ruffle, 1.2, &cloth.outline());
    }
    waistband(sketch, cloth);
}

/// Trousers from slim to flared.
pub fn trousers(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let middle = dice.between(0.26, 0.36);
    let half = dice.between(0.12, 0.21);
    legs(sketch, cloth, (middle - half, middle + half), 0.94);
    if dice.chance(0.5) {
        let crease = Path::from(0.27, -0.3).line(middle, 0.9);
        sketch.lines(&crease, 0.7, &cloth.outline().see_through(0.35));
    }
    details(sketch, dice, cloth);
}

/// Shorts, drawn larger than the trousers' upper half.
pub fn shorts(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let hem = dice.between(0.05, 0.4);
    let outer = dice.between(0.58, 0.7);
    legs(sketch, cloth, (dice.between(0.08, 0.16), outer), hem);
    let seam = Path::from(0.14, hem - 0.09).line(outer - 0.02, hem - 0.09);
    sketch.lines(&seam, 0.8, &cloth.outline().see_through(0.5));
    details(sketch, dice, cloth);
}

/// Both legs in one piece; `ends` are the inner and outer edge at the hem.
fn legs(sketch: &mut Sketch, cloth: &Paint, (inner, outer): (f64, f64), hem: f64) {
    let crotch = -0.22;
    let shape = Path::from(0.0, WAIST)
        .line(WAIST_HALF, WAIST)
        .curve(0.56, -0.45, outer, hem)
        .line(inner, hem + 0.02)
        .curve(inner * 0.6, (hem + crotch) / 2.0, 0.02, crotch)
        .line(0.0, crotch)
        .mirrored();
    sketch.piece(&shape, cloth);
}

fn details(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let seam = cloth.outline().see_through(0.75);
    sketch.line(&Path::from(0.0, WAIST + 0.1).line(0.0, -0.24), 0.9, &seam);
    let pocket = Path::from(0.2, WAIST + 0.12).curve(0.24, WAIST + 0.34, 0.46, WAIST + 0.36);
    sketch.lines(&pocket, 0.9, &seam);
    waistband(sketch, cloth);
    if dice.chance(0.5) {
        sketch.button((0.0, WAIST + 0.05), Colour::hex(0xd9b45b));
    }
}

fn waistband(sketch: &mut Sketch, cloth: &Paint) {
    let band = Path::rectangle(
        -WAIST_HALF - 0.01,
        WAIST - 0.02,
        WAIST_HALF + 0.01,
        WAIST + 0.1,
    );
    sketch.piece(&band, &Paint::flat(cloth.base.light(0.82)));
}
