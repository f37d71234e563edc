//! T-shirts, long sleeves, coats and dresses: a body, two sleeves, a neckline.

use crate::dice::Dice;
use crate::paint::{Colour, Paint, Pattern};
use crate::path::{Path, Point};
use crate::sketch::Sketch;
use libm::{cos, sin};

/// Where the shoulder seam ends, and the armpit, on the right.
const SHOULDER: Point = (0.54, -0.72);
const ARMPIT: Point = (0.5, -0.26);
/// Height of the neck's sides.
const COLLAR: f64 = -0.86;

/// The cut of a top.
#[derive(Clone, Copy, Debug)]
pub struct Cut {
    /// Along the arm from the shoulder; 0 for none.
    pub sleeve: f64,
    /// Angle of the arms from straight down, in radians.
    pub spread: f64,
    /// Half the sleeve's width at its end.
    pub cuff: f64,
    pub neck: Neck,
    /// Half the width at the waist, and at the hem.
    pub waist: f64,
    pub hem: f64,
    /// Height of the hem.
    pub length: f64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Neck {
    Round(f64),
    Vee(f64),
}

impl Cut {
    pub fn t_shirt(dice: &mut Dice) -> Self {
        Self {
            sleeve: dice.between(0.42, 0.6),
            spread: dice.between(0.6, 0.95),
            cuff: dice.between(0.15, 0.2),
            neck: neck(dice),
            waist: dice.between(0.45, 0.52),
            hem: dice.between(0.48, 0.56),
            length: dice.between(0.6, 0.82),
        }
    }

    pub fn long_sleeve(dice: &mut Dice) -> Self {
        Self {
            sleeve: dice.between(1.15, 1.3),
            spread: dice.between(0.2, 0.42),
            cuff: dice.between(0.09, 0.13),
            ..Self::t_shirt(dice)
        }
    }
}

fn neck(dice: &mut Dice) -> Neck {
    let depth = dice.between(0.1, 0.2);
    if dice.chance(0.35) {
        Neck::Vee(depth * 2.0)
    } else {
        Neck::Round(depth)
    }
}

/// A t-shirt or a long sleeve, worn or laid flat.
pub fn top(sketch: &mut Sketch, dice: &mut Dice, cut: &Cut, cloth: &Paint) {
    back_of_neck(sketch, cloth);
    let contrast = dice.chance(0.2) && cloth.pattern == Pattern::Plain;
    let arm = if contrast {
        Paint::flat(cloth.second)
    } else {
        *cloth
    };
    sleeves(sketch, cut, &arm);
    sketch.piece(&body(cut), cloth);
    trims(sketch, cut, cloth);
    if dice.chance(0.25) && cloth.pattern == Pattern::Plain {
        print(sketch, dice, cloth);
    }
}

/// A coat or jacket: closed by buttons or a zip, with lapels or a hood, pockets, sometimes a belt.
pub fn coat(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let plain = dice.chance(0.7);
    let cloth = if plain { cloth.plain() } else { *cloth };
    let cut = Cut {
        neck: Neck::Vee(0.2),
        waist: dice.between(0.42, 0.5),
        hem: dice.between(0.52, 0.64),
        length: dice.between(0.55, 0.92),
        cuff: 0.14,
        ..Cut::long_sleeve(dice)
    };
    let hood = dice.chance(0.35);
    if hood {
        let back = Path::from(0.0, -1.02)
            .curve(0.4, -1.02, 0.34, -0.7)
            .line(0.0, -0.6)
            .mirrored();
        sketch.piece(&back, &Paint::flat(cloth.base.light(0.8)));
    } else {
        back_of_neck(sketch, &cloth);
    }
    sleeves(sketch, &cut, &cloth);
    sketch.piece(&body(&cut), &cloth);
    fastening(sketch, dice, &cut, &cloth);
    if !hood {
        let lapel = Path::from(0.2, COLLAR - 0.02)
            .line(0.4, -0.56)
            .line(0.24, -0.46)
            .line(0.0, -0.2)
            .line(0.03, -0.5);
        for side in [lapel.clone(), lapel.flipped()] {
            sketch.piece(&side, &Paint::flat(cloth.base.light(0.92)));
        }
    }
    let seam = cloth.outline();
    let height = cut.length - dice.between(0.35, 0.45);
    let pocket = Path::from(0.2, height).line(0.42, height - 0.05);
    sketch.lines(&pocket, 1.3, &seam);
    if dice.chance(0.4) {
        let belt = Path::rectangle(-cut.waist - 0.01, 0.1, cut.waist + 0.01, 0.2);
        sketch.piece(&belt, &Paint::flat(cloth.base.light(0.75)));
        let buckle = Path::rectangle(-0.08, 0.08, 0.08, 0.22);
        sketch.piece(&buckle, &Paint::flat(Colour::hex(0xd9b45b)));
    }
}

fn fastening(sketch: &mut Sketch, dice: &mut Dice, cut: &Cut, cloth: &Paint) {
    let seam = cloth.outline();
    sketch.line(
        &Path::from(0.0, -0.5).line(0.0, cut.length + 0.03),
        1.2,
        &seam,
    );
    let metal = dice.pick(&[0xd9b45b, 0xe8e3d5, 0x3a2f2a]);
    let double = dice.chance(0.35);
    let count = 4;
    for index in 0..count {
        let y = -0.12 + (cut.length + 0.02) / f64::from(count) * f64::from(index);
        sketch.button((0.1, y), Colour::hex(metal));
        if double {
            sketch.button((-0.16, y), Colour::hex(metal));
        }
    }
}

/// A dress: a bodice with straps or sleeves, a belt, a flared skirt.
pub fn dress(sketch: &mut Sketch, dice: &mut Dice, spread: f64, cloth: &Paint) {
    let waist = dice.between(0.24, 0.32);
    let middle = dice.between(-0.05, 0.1);
    let cut = Cut {
        sleeve: if dice.chance(0.5) {
            0.0
        } else {
            dice.between(0.3, 1.1)
        },
        spread,
        cuff: dice.between(0.11, 0.17),
        neck: neck(dice),
        waist: waist + 0.08,
        hem: waist,
        length: middle,
    };
    if cut.sleeve > 0.0 {
        back_of_neck(sketch, cloth);
        sleeves(sketch, &cut, cloth);
    }
    let (hem, flare) = (dice.between(0.55, 0.95), dice.between(0.45, 0.85));
    let skirt = Path::from(0.0, middle - 0.02)
        .line(waist, middle - 0.02)
        .curve(waist + 0.12, middle + 0.2, flare, hem - 0.05)
        .curve(flare * 0.5, hem + 0.05, 0.0, hem + 0.03)
        .mirrored();
    sketch.piece(&skirt, cloth);
    folds(sketch, (waist, middle), (flare, hem), cloth);
    if cut.sleeve > 0.0 {
        sketch.piece(&body(&cut), cloth);
        trims(sketch, &cut, cloth);
    } else {
        straps(sketch, &cut, cloth);
    }
    let belt = Path::rectangle(-waist - 0.01, middle - 0.05, waist + 0.01, middle + 0.04);
    let colour = if dice.chance(0.5) {
        cloth.second
    } else {
        cloth.base.light(0.7)
    };
    sketch.piece(&belt, &Paint::flat(colour));
}

/// A bodice held by two straps.
fn straps(sketch: &mut Sketch, cut: &Cut, cloth: &Paint) {
    let strap = Path::from(0.24, COLLAR)
        .line(0.32, COLLAR)
        .curve(0.32, -0.6, 0.42, -0.42)
        .line(0.28, -0.42);
    for side in [strap.clone(), strap.flipped()] {
        sketch.piece(&side, cloth);
    }
    let bodice = Path::from(0.0, -0.44)
        .curve(0.14, -0.6, 0.32, -0.56)
        .curve(0.38, -0.4, 0.44, -0.28)
        .curve(cut.waist, -0.15, cut.hem, cut.length)
        .line(0.0, cut.length)
        .mirrored();
    sketch.piece(&bodice, cloth);
}

/// Lines that run down from a waist: where they begin and end at the side, in (half width, height).
pub fn folds(sketch: &mut Sketch, from: Point, to: Point, cloth: &Paint) {
    let soft = cloth.outline().see_through(0.45);
    for share in [0.25, 0.6] {
        let fold = Path::from(from.0 * share, from.1 + 0.08).curve(
            from.0 * share,
            from.1 + 0.3,
            to.0 * share,
            to.1 - 0.06,
        );
        sketch.lines(&fold, 0.9, &soft);
    }
}

/// The body of a top, without sleeves.
fn body(cut: &Cut) -> Path {
    let start = match cut.neck {
        Neck::Round(depth) | Neck::Vee(depth) => Path::from(0.0, COLLAR + depth),
    };
    let neck = match cut.neck {
        Neck::Round(depth) => start.curve(0.17, COLLAR + depth, 0.2, COLLAR),
        Neck::Vee(_) => start.line(0.2, COLLAR),
    };
    neck.line(SHOULDER.0, SHOULDER.1)
        .curve(0.48, -0.5, ARMPIT.0, ARMPIT.1)
        .curve(cut.waist - 0.04, 0.1, cut.hem, cut.length)
        .curve(cut.hem * 0.5, cut.length + 0.05, 0.0, cut.length + 0.04)
        .mirrored()
}

/// An arm's outline from shoulder to cuff: for sleeves, and for the arms in them.
pub fn arm(length: f64, spread: f64, cuff: f64) -> Path {
    let along = (sin(spread), cos(spread));
    let out = (along.1, -along.0);
    let point = |far: f64, side: f64| {
        (
            0.48 + along.0 * far + out.0 * side,
            -0.56 + along.1 * far + out.1 * side,
        )
    };
    let (outer, inner) = (point(length, cuff), point(length, -cuff));
    let bend = point(length * 0.3, cuff + 0.06);
    Path::from(0.4, -0.78)
        .line(SHOULDER.0, SHOULDER.1)
        .curve(bend.0, bend.1, outer.0, outer.1)
        .line(inner.0, inner.1)
        .line(ARMPIT.0, ARMPIT.1)
        .line(0.4, ARMPIT.1)
}

fn sleeves(sketch: &mut Sketch, cut: &Cut, cloth: &Paint) {
    let right = arm(cut.sleeve, cut.spread, cut.cuff);
    for side in [right.clone(), right.flipped()] {
        sketch.piece(&side, cloth);
    }
    // A seam a little above the cuff's end.
    let end = arm(cut.sleeve - 0.07, cut.spread, cut.cuff + 0.005);
    let corners = &end.points[end.points.len() - 4..end.points.len() - 2];
    let seam = Path {
        points: corners.to_vec(),
    };
    sketch.lines(&seam, 0.8, &cloth.outline().see_through(0.7));
}

/// The inside of the back, seen through the neckline.
fn back_of_neck(sketch: &mut Sketch, cloth: &Paint) {
    let inside = Path::ellipse(0.0, COLLAR + 0.01, 0.2, 0.06);
    let wide = Path::rectangle(-0.19, COLLAR, 0.19, COLLAR + 0.3);
    let dark = Paint::flat(cloth.base.light(0.55));
    sketch.piece(&inside, &dark);
    sketch.patch(&wide, &dark);
}

/// Ribbing at the neck and a seam at the hem.
fn trims(sketch: &mut Sketch, cut: &Cut, cloth: &Paint) {
    let edge = match cut.neck {
        Neck::Round(depth) => Path::from(0.2, COLLAR)
            .curve(0.17, COLLAR + depth, 0.0, COLLAR + depth)
            .curve(-0.17, COLLAR + depth, -0.2, COLLAR),
        Neck::Vee(depth) => Path::from(0.2, COLLAR)
            .line(0.0, COLLAR + depth)
            .line(-0.2, COLLAR),
    };
    let rib = Paint::flat(cloth.base.light(0.8).mix(cloth.second, 0.25));
    sketch.line(&edge, 1.8, &rib);
    let hem = Path::from(-cut.hem + 0.01, cut.length - 0.06).curve(
        0.0,
        cut.length + 0.03,
        cut.hem - 0.01,
        cut.length - 0.06,
    );
    sketch.line(&hem, 0.8, &cloth.outline().see_through(0.5));
    let fold = Path::from(0.38, -0.2).curve(0.34, 0.0, 0.4, 0.22);
    sketch.lines(&fold, 0.8, &cloth.outline().see_through(0.25));
}

/// A simple picture on the chest: a disc, a heart or a star.
fn print(sketch: &mut Sketch, dice: &mut Dice, cloth: &Paint) {
    let paint = Paint::flat(cloth.second);
    let (y, r) = (-0.2, dice.between(0.13, 0.2));
    match dice.pick(&[0, 1, 2]) {
        0 => sketch.patch(&Path::ellipse(0.0, y, r, r), &paint),
        1 => {
            let heart = Path::from(0.0, y - r * 0.5)
                .curve(r * 0.9, y - r * 1.6, r * 1.2, y - r * 0.4)
                .curve(r * 1.1, y + r * 0.2, 0.0, y + r)
                .mirrored();
            sketch.patch(&heart, &paint);
        }
        _ => sketch.patch(&star(y, r * 1.2), &paint),
    }
}

fn star(y: f64, r: f64) -> Path {
    let corner = |index: u32| {
        let angle = std::f64::consts::PI * (f64::from(index) / 5.0 - 0.5);
        let r = if index.is_multiple_of(2) { r } else { r * 0.42 };
        (r * cos(angle), y + r * sin(angle))
    };
    Path {
        points: (0..10).map(corner).collect(),
    }
}
