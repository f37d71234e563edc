//! What lies behind an outfit: walls, rooms, boards.

use crate::dice::Dice;
use crate::paint::{Colour, palette};
use crate::path::Point;

/// Walls and floors.
const WALLS: [Colour; 14] = palette([
    0xf5efe6, 0xe8dfd2, 0xdfe7ea, 0xcfd8dc, 0xd8e2dc, 0xffe5d9, 0xfad2cf, 0xe2d4f0, 0xcddafd,
    0xfff1c9, 0xb7c9b4, 0x8fa3ad, 0x565a64, 0x33363f,
]);
const FLOORS: [Colour; 5] = palette([0xb08968, 0x8d6e52, 0xcbb79c, 0x9aa0a6, 0x6b5b53]);

/// What lies behind an outfit.
#[derive(Clone, Copy, Debug)]
pub struct Ground {
    wall: Colour,
    floor: Colour,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    /// One colour, a little lighter at the top.
    Wall,
    /// A wall above a floor, which begins at this height.
    Room(f64),
    /// So many boards, seen from above.
    Boards(f64),
    /// Light in the middle.
    Spot,
}

impl Ground {
    /// A background on which a garment of colour `cloth` can be seen.
    pub fn choose(dice: &mut Dice, cloth: Colour) -> Self {
        let mut ground = Self::any(dice);
        for _ in 0..8 {
            let behind = match ground.kind {
                Kind::Boards(_) => ground.floor,
                _ => ground.wall,
            };
            if (behind.brightness() - cloth.brightness()).abs() > 0.2 {
                break;
            }
            ground = Self::any(dice);
        }
        ground
    }

    fn any(dice: &mut Dice) -> Self {
        let kind = match dice.between(0.0, 1.0) {
            x if x < 0.45 => Kind::Wall,
            x if x < 0.65 => Kind::Room(dice.between(0.7, 0.85)),
            x if x < 0.8 => Kind::Boards(dice.between(4.0, 7.0)),
            _ => Kind::Spot,
        };
        Self {
            wall: dice.pick(&WALLS).varied(dice),
            floor: dice.pick(&FLOORS).varied(dice),
            kind,
        }
    }

    /// The colour at a point of the picture, from 0 to 1 each way.
    pub fn at(&self, (x, y): Point) -> Colour {
        let wall = self.wall.light(1.05 - 0.12 * y);
        match self.kind {
            Kind::Wall => wall,
            Kind::Room(height) if y < height => wall,
            Kind::Room(height) if y < height + 0.015 => Colour::hex(0xfaf7f0),
            Kind::Room(height) => self.floor.light(0.85 + (y - height)),
            Kind::Boards(count) => board(self.floor, (x, y), count),
            Kind::Spot => {
                let (dx, dy) = (x - 0.5, y - 0.45);
                self.wall.light(1.08 - 0.55 * (dx * dx + dy * dy))
            }
        }
    }
}

fn board(wood: Colour, (x, y): Point, count: f64) -> Colour {
    let across = y * count;
    let (number, within) = (across.floor(), across - across.floor());
    // Every board has its own shade and its own end.
    let shade = 0.94 + 0.05 * (number * 1.7 - (number * 1.7).floor());
    let end = number * 0.37 - (number * 0.37).floor();
    let gap = within < 0.05 || (x - end).abs() < 0.006;
    wood.light(if gap { 0.7 } else { shade })
}
