//! The frame of a sequential JPEG file, whose scans are gone over block by block.

use super::bits::{Place, Reader};
use super::huffman::Table;

/// Why a file cannot be gone over.
#[derive(Debug, PartialEq)]
pub enum Broken {
    /// There is less data than blocks.
    Short,
    /// Something in it makes no sense.
    Wrong(&'static str),
}

/// A frame, and what its scans hold.
pub struct Frame {
    /// Columns of pixels.
    pub width: usize,
    /// Rows of pixels.
    pub height: usize,
    /// One to four.
    pub components: Vec<Component>,
}

/// A component of a frame.
pub struct Component {
    /// As scans name it.
    pub id: u8,
    /// Blocks side by side in a unit of all components.
    pub across: usize,
    /// Blocks one above the other in such a unit.
    pub down: usize,
    /// Its quantisation: 0 for a byte a value, 1 for two, and the values.
    pub steps: (u8, Vec<u8>),
    number: usize,
    codes: Option<Table>,
    blocks: Vec<Block>,
    order: Order,
}

/// A block of 64 coefficients: the first as it is, and where those that follow begin.
#[derive(Clone, Copy)]
pub struct Block {
    /// The first coefficient: the block's mean.
    pub mean: i32,
    /// Where the others begin in the file.
    pub rest: Place,
}

/// The order of a component's blocks in their scan: units from left to right, and the blocks within a unit likewise.
#[derive(Clone, Copy)]
struct Order {
    units: usize,
    across: usize,
    down: usize,
}

/// The tables that hold at a place of the file.
#[derive(Default)]
pub struct Tables {
    steps: [Option<(u8, Vec<u8>)>; 4],
    means: [Option<Table>; 4],
    rest: [Option<Table>; 4],
    restart: usize,
}

fn number(body: &[u8], at: usize) -> Result<usize, Broken> {
    match body.get(at..at + 2) {
        Some(&[high, low]) => Ok(u16::from_be_bytes([high, low]).into()),
        _ => Err(Broken::Short),
    }
}

impl Tables {
    /// Takes in a segment of codes.
    pub fn codes(&mut self, mut body: &[u8]) -> Result<(), Broken> {
        while let Some((&kind, rest)) = body.split_first() {
            let (table, length) = Table::read(rest).ok_or(Broken::Wrong("a table of codes"))?;
            let all = match kind >> 4 {
                0 => &mut self.means,
                _ => &mut self.rest,
            };
            let place = all.get_mut(usize::from(kind & 15));
            *place.ok_or(Broken::Wrong("the number of a table of codes"))? = Some(table);
            body = &rest[length..];
        }
        Ok(())
    }

    /// Takes in a segment of quantisation.
    pub fn quantisation(&mut self, mut body: &[u8]) -> Result<(), Broken> {
        while let Some((&kind, rest)) = body.split_first() {
            let precision = kind >> 4;
            let length = if precision == 0 { 64 } else { 128 };
            let steps = rest.get(..length).ok_or(Broken::Short)?;
            let place = self.steps.get_mut(usize::from(kind & 15));
            let place = place.ok_or(Broken::Wrong("the number of a quantisation table"))?;
            *place = Some((precision.min(1), steps.to_vec()));
            body = &rest[length..];
        }
        Ok(())
    }

    /// Takes in how many units lie between two restarts.
    pub fn restart_interval(&mut self, body: &[u8]) -> Result<(), Broken> {
        self.restart = number(body, 0)?;
        Ok(())
    }
}

impl Frame {
    /// Of a frame header.
    pub fn read(body: &[u8]) -> Result<Self, Broken> {
        let (height, width) = (number(body, 1)?, number(body, 3)?);
        let count = *body.get(5).ok_or(Broken::Short)?;
        let components: Vec<_> = body[6..].chunks_exact(3).map(Component::read).collect();
        let sound = |one: &Component| {
            let fits = |blocks| (1..=4).contains(&blocks);
            fits(one.across) && fits(one.down) && one.number < 4
        };
        let counted = components.len() == usize::from(count) && (1..=4).contains(&count);
        if width == 0 || height == 0 || !counted || !components.iter().all(sound) {
            return Err(Broken::Wrong("the frame's header"));
        }
        Ok(Self {
            width,
            height,
            components,
        })
    }

    /// The most blocks that a component has in a unit, side by side and one above the other.
    fn most(&self) -> (usize, usize) {
        let all = || self.components.iter();
        let across = all().map(|one| one.across).max();
        let down = all().map(|one| one.down).max();
        (across.unwrap_or(1), down.unwrap_or(1))
    }

    /// Units of all components side by side, and one above the other.
    pub fn units(&self) -> (usize, usize) {
        let (across, down) = self.most();
        (
            self.width.div_ceil(8 * across),
            self.height.div_ceil(8 * down),
        )
    }

    /// Notes the blocks of a scan, and says where in the file its data ends.
    pub fn scan(
        &mut self,
        header: &[u8],
        tables: &Tables,
        mut data: Reader<'_>,
    ) -> Result<usize, Broken> {
        let count = usize::from(*header.first().ok_or(Broken::Short)?);
        let chosen = header.get(1..1 + 2 * count).ok_or(Broken::Short)?;
        let mut places = Vec::new();
        for pair in chosen.chunks_exact(2) {
            places.push(self.begin(pair[0], pair[1], tables)?);
        }
        let (wide, high) = self.scanned(&places)?;
        let mut last = [0; 4];
        for unit in 0..wide * high {
            if unit > 0 && tables.restart > 0 && unit.is_multiple_of(tables.restart) {
                data.restart().ok_or(Broken::Short)?;
                last = [0; 4];
            }
            for (&place, pair) in places.iter().zip(chosen.chunks_exact(2)) {
                let means = table(&tables.means, pair[1] >> 4)?;
                let one = &mut self.components[place];
                for _ in 0..one.order.across * one.order.down {
                    one.take(means, &mut last[place], &mut data)?;
                }
            }
        }
        Ok(data.end())
    }

    /// The place of the component `id`, which gets the tables that hold now: they may be replaced before the next scan.
    fn begin(&mut self, id: u8, numbers: u8, tables: &Tables) -> Result<usize, Broken> {
        let place = self.components.iter().position(|one| one.id == id);
        let place = place.ok_or(Broken::Wrong("a scan of an unknown component"))?;
        let one = &mut self.components[place];
        if one.codes.is_some() {
            return Err(Broken::Wrong("a component that is there twice"));
        }
        let steps = tables.steps[one.number].clone();
        one.steps = steps.ok_or(Broken::Wrong("a component without quantisation"))?;
        one.codes = Some(table(&tables.rest, numbers & 15)?.clone());
        Ok(place)
    }

    /// Units of a scan of the components `places`, side by side and one above the other.
    fn scanned(&mut self, places: &[usize]) -> Result<(usize, usize), Broken> {
        let (most, units) = (self.most(), self.units());
        match *places {
            [] => Err(Broken::Wrong("a scan of nothing")),
            // A component alone has no blocks beyond its own last ones.
            [place] => {
                let blocks =
                    |side: usize, own: usize, most: usize| (side * own).div_ceil(most).div_ceil(8);
                let one = &mut self.components[place];
                let wide = blocks(self.width, one.across, most.0);
                one.order = Order {
                    units: wide,
                    across: 1,
                    down: 1,
                };
                Ok((wide, blocks(self.height, one.down, most.1)))
            }
            _ => {
                for &place in places {
                    let one = &mut self.components[place];
                    let (across, down) = (one.across, one.down);
                    one.order = Order {
                        units: units.0,
                        across,
                        down,
                    };
                }
                Ok(units)
            }
        }
    }
}

fn table(all: &[Option<Table>; 4], number: u8) -> Result<&Table, Broken> {
    let found = all.get(usize::from(number)).and_then(Option::as_ref);
    found.ok_or(Broken::Wrong("a scan without its table"))
}

impl Component {
    /// Of its three bytes in the frame's header.
    fn read(described: &[u8]) -> Self {
        Self {
            id: described[0],
            across: usize::from(described[1] >> 4),
            down: usize::from(described[1] & 15),
            steps: (0, Vec::new()),
            number: described[2].into(),
            codes: None,
            blocks: Vec::new(),
            order: Order {
                units: 0,
                across: 1,
                down: 1,
            },
        }
    }

    /// The codes of all coefficients but the first.
    pub fn codes(&self) -> Result<&Table, Broken> {
        self.codes
            .as_ref()
            .ok_or(Broken::Wrong("a component without a scan"))
    }

    /// Notes the block that begins here.
    fn take(&mut self, means: &Table, last: &mut i32, data: &mut Reader<'_>) -> Result<(), Broken> {
        let length = means.next(data).ok_or(Broken::Short)?;
        if length > 11 {
            return Err(Broken::Wrong("a difference of more than 11 bits"));
        }
        *last += data.signed(length).ok_or(Broken::Short)?;
        // In order that the difference of any two is written in 11 bits.
        *last = (*last).clamp(-1024, 1023);
        self.blocks.push(Block {
            mean: *last,
            rest: data.place(),
        });
        coefficients(self.codes()?, data, &mut |_, _, _| {})
    }

    /// The block at column `x` and row `y`; none beyond the component's own last ones.
    pub fn block(&self, (x, y): (usize, usize)) -> Result<Option<&Block>, Broken> {
        let Order {
            units,
            across,
            down,
        } = self.order;
        self.codes()?;
        if x >= units * across {
            return Ok(None);
        }
        let unit = y / down * units + x / across;
        Ok(self
            .blocks
            .get(unit * across * down + y % down * across + x % across))
    }
}

/// Goes over the 63 coefficients after the first; `each` is told the code's symbol, and the bits that follow it and how many.
pub fn coefficients(
    codes: &Table,
    data: &mut Reader<'_>,
    each: &mut dyn FnMut(u8, u32, u8),
) -> Result<(), Broken> {
    let mut place = 1;
    while place < 64 {
        let symbol = codes.next(data).ok_or(Broken::Short)?;
        let (zeros, length) = (symbol >> 4, symbol & 15);
        if length > 10 {
            return Err(Broken::Wrong("a coefficient of more than 10 bits"));
        }
        let bits = data.bits(length).ok_or(Broken::Short)?;
        each(symbol, bits, length);
        match (zeros, length) {
            (15, 0) => place += 16,
            (_, 0) => break,
            _ => place += usize::from(zeros) + 1,
        }
    }
    Ok(())
}
