//! Hats and shoes.

use crate::dice::Dice;
use crate::paint::{Colour, Paint};
use crate::path::Path;
use crate::sketch::Sketch;

/// A hat with a brim, a knitted one, or a cap.
pub fn hat(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    match dice.pick(&[0, 1, 2]) {
        0 => brimmed(sketch, dice, &cloth.plain()),
        1 => beanie(sketch, dice, cloth),
        _ => cap(sketch, dice, cloth),
    }
}

fn brimmed(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let height = dice.between(0.5, 0.8);
    let brim = Path::ellipse(0.0, 0.3, dice.between(0.8, 0.98), dice.between(0.2, 0.3));
    sketch.piece(&brim, cloth);
    let crown = Path::from(0.0, 0.3 - height)
        .curve(0.4, 0.26 - height, 0.42, 0.24)
        .curve(0.2, 0.4, 0.0, 0.4)
        .mirrored();
    sketch.piece(&crown, cloth);
    let band = Path::from(0.0, 0.2)
        .curve(0.3, 0.2, 0.42, 0.1)
        .line(0.43, 0.25)
        .curve(0.2, 0.4, 0.0, 0.4)
        .mirrored();
    sketch.piece(&band, &Paint::flat(cloth.second));
    let dent = Path::from(-0.12, 0.36 - height).curve(0.0, 0.46 - height, 0.12, 0.36 - height);
    sketch.line(&dent, 1.0, &cloth.outline());
}

fn beanie(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    if dice.chance(0.7) {
        let ball = Path::ellipse(0.0, -0.7, 0.2, 0.2);
        sketch.piece(&ball, &Paint::flat(cloth.second));
    }
    let dome = Path::from(0.0, -0.62)
        .curve(0.6, -0.62, 0.62, 0.4)
        .line(0.0, 0.45)
        .mirrored();
    sketch.piece(&dome, cloth);
    let cuff = Path::from(0.0, 0.22)
        .curve(0.4, 0.22, 0.66, 0.16)
        .line(0.66, 0.5)
        .curve(0.4, 0.58, 0.0, 0.58)
        .mirrored();
    let knit = Paint::flat(cloth.base.light(0.85));
    sketch.piece(&cuff, &knit);
    for x in [0.08, 0.25, 0.42, 0.56] {
        let rib = Path::from(x, 0.26).line(x, 0.52);
        sketch.lines(&rib, 0.8, &knit.outline().see_through(0.6));
    }
}

fn cap(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let visor = Path::from(0.1, 0.2)
        .curve(0.9, 0.1, 0.98, 0.42)
        .curve(0.6, 0.34, 0.1, 0.46);
    let peak = Paint::flat(if dice.chance(0.5) {
        cloth.second
    } else {
        cloth.base.light(0.8)
    });
    sketch.piece(&visor, &peak);
    let dome = Path::from(-0.72, 0.38)
        .curve(-0.78, -0.5, -0.1, -0.52)
        .curve(0.5, -0.5, 0.52, 0.26)
        .curve(-0.1, 0.5, -0.72, 0.38);
    sketch.piece(&dome, cloth);
    let seam = cloth.outline().see_through(0.6);
    sketch.line(
        &Path::from(-0.1, -0.5).curve(0.2, -0.2, 0.16, 0.4),
        0.9,
        &seam,
    );
    sketch.line(
        &Path::from(-0.1, -0.5).curve(-0.4, -0.2, -0.36, 0.42),
        0.9,
        &seam,
    );
    sketch.patch(&Path::ellipse(-0.1, -0.54, 0.07, 0.05), &peak);
}

/// A pair of shoes from the side: sneakers or boots.
pub fn shoes(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let tall = dice.chance(0.4);
    let (dx, dy) = (dice.between(0.1, 0.2), dice.between(0.22, 0.3));
    let sole = Colour::hex(dice.pick(&[0xf4f1ea, 0x2a2522, 0xc9a36a]));
    for (x, y) in [(dx, -dy), (-dx, dy)] {
        let mut one = sketch.within((x, y), (0.82, 0.66));
        if tall {
            boot(&mut one, cloth, sole);
        } else {
            sneaker(&mut one, cloth, sole);
        }
    }
}

fn sneaker(sketch: &mut Sketch, cloth: &Paint, sole: Colour) {
    let upper = Path::from(-0.88, 0.4)
        .curve(-0.98, 0.0, -0.84, -0.4)
        .curve(-0.5, -0.2, -0.3, -0.46)
        .line(-0.1, -0.5)
        .curve(0.2, -0.1, 0.6, -0.02)
        .curve(1.0, 0.05, 0.98, 0.4);
    sketch.piece(&upper, cloth);
    let trim = Paint::flat(cloth.second);
    let cap = Path::from(0.62, 0.4)
        .curve(0.56, 0.1, 0.66, 0.0)
        .curve(1.0, 0.06, 0.98, 0.4);
    sketch.piece(&cap, &trim);
    sketch.line(
        &Path::from(-0.55, 0.34).curve(-0.2, 0.2, 0.05, -0.1),
        2.2,
        &trim,
    );
    let lace = Paint::flat(Colour::hex(0xf7f4ee));
    for step in 0..3 {
        let (x, y) = (0.02 + 0.17 * f64::from(step), -0.3 + 0.11 * f64::from(step));
        sketch.line(&Path::from(x, y).line(x - 0.14, y + 0.16), 1.6, &lace);
    }
    bottom(sketch, sole);
}

fn boot(sketch: &mut Sketch, cloth: &Paint, sole: Colour) {
    let upper = Path::from(-0.85, 0.4)
        .curve(-0.9, 0.0, -0.74, -0.95)
        .line(-0.12, -0.95)
        .curve(-0.14, -0.2, 0.1, -0.12)
        .curve(1.0, -0.1, 0.96, 0.4);
    sketch.piece(&upper, cloth);
    let cuff = Path::rectangle(-0.78, -0.97, -0.08, -0.78);
    sketch.piece(&cuff, &Paint::flat(cloth.second));
    let fold = Path::from(-0.16, -0.3).curve(-0.4, -0.16, -0.6, -0.2);
    sketch.line(&fold, 0.9, &cloth.outline().see_through(0.6));
    bottom(sketch, sole);
}

fn bottom(sketch: &mut Sketch, colour: Colour) {
    let sole = Path::from(-0.92, 0.34)
        .line(0.99, 0.34)
        .curve(1.04, 0.56, 0.86, 0.58)
        .line(-0.86, 0.58);
    sketch.piece(&sole, &Paint::flat(colour));
}
