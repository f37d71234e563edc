//! JPEG whose components lie in scans of their own. No encoder at hand writes them, so this does: the same coefficients once
//! in one scan and once in several, which must be the same picture.

use crate::fixtures::decode;
use images::{DecodeError, Format};

const SIDE: usize = 8;

/// Coefficients of a component: its sampling and, by row and column, the first ones of each block.
struct Component {
    across: usize,
    down: usize,
    wide: usize,
    high: usize,
    blocks: Vec<[i32; 3]>,
}

struct Picture {
    width: usize,
    height: usize,
    components: Vec<Component>,
}

/// Bits, most significant first, a zero byte after each 0xff.
#[derive(Default)]
struct Bits(String);

impl Bits {
    fn number(&mut self, value: u32, length: usize) {
        if length > 0 {
            self.0 += &format!("{value:0length$b}");
        }
    }

    /// A difference: 4 bits of length (8 for a coefficient that is not the first), then itself.
    fn value(&mut self, value: i32, code: usize) {
        let length = (i32::BITS - value.abs().leading_zeros()) as usize;
        self.number(length as u32, code);
        let bits = if value < 0 {
            value + (1 << length) - 1
        } else {
            value
        };
        self.number(bits as u32, length);
    }

    fn bytes(mut self) -> Vec<u8> {
        while !self.0.len().is_multiple_of(8) {
            self.0.push('1');
        }
        let bytes = self.0.as_bytes().chunks(8);
        let bytes =
            bytes.map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap());
        bytes
            .flat_map(|byte| {
                if byte == 0xff {
                    vec![byte, 0]
                } else {
                    vec![byte]
                }
            })
            .collect()
    }
}

impl Picture {
    /// Blocks drawn by a small generator; `sampling` says blocks across and down for each component.
    fn drawn((width, height): (usize, usize), sampling: &[(usize, usize)]) -> Self {
        let most = |of: fn(&(usize, usize)) -> usize| sampling.iter().map(of).max().unwrap();
        let (across, down) = (most(|one| one.0), most(|one| one.1));
        let mut state = 7u32;
        let mut random = move |range: i32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 9) as i32 % range - range / 2
        };
        let components = sampling.iter().map(|&(own_across, own_down)| {
            let wide = (width * own_across).div_ceil(across).div_ceil(SIDE);
            let high = (height * own_down).div_ceil(down).div_ceil(SIDE);
            let blocks = (0..wide * high).map(|_| [random(100), random(30), random(30)]);
            Component {
                across: own_across,
                down: own_down,
                wide,
                high,
                blocks: blocks.collect(),
            }
        });
        Self {
            width,
            height,
            components: components.collect(),
        }
    }

    fn units(&self) -> (usize, usize) {
        let across = self.components.iter().map(|one| one.across).max().unwrap();
        let down = self.components.iter().map(|one| one.down).max().unwrap();
        (
            self.width.div_ceil(SIDE * across),
            self.height.div_ceil(SIDE * down),
        )
    }

    /// A file with a scan for each of `scans`, and a restart after every `restart` units where that is not 0. Every scan has
    /// tables of its own, which replace those before.
    fn file(&self, scans: &[&[usize]], restart: u16) -> Vec<u8> {
        let mut file = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
        file.extend([4; 64]);
        file.extend(b"\xff\xdb\0\x43\x01");
        file.extend([6; 64]);
        file.extend([0xff, 0xc0, 0, (8 + 3 * self.components.len()) as u8, 8]);
        file.extend((self.height as u16).to_be_bytes());
        file.extend((self.width as u16).to_be_bytes());
        file.push(self.components.len() as u8);
        for (id, one) in (1u8..).zip(&self.components) {
            file.extend([id, (one.across << 4 | one.down) as u8, u8::from(id > 1)]);
        }
        if restart > 0 {
            file.extend(b"\xff\xdd\0\x04");
            file.extend(restart.to_be_bytes());
        }
        for scan in scans {
            // Lengths as four bits, and as eight.
            file.extend(b"\xff\xc4\0\x1f\0\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0");
            file.extend(0..12);
            file.extend(b"\xff\xc4\0\x1e\x10\0\0\0\0\0\0\0\x0b\0\0\0\0\0\0\0\0");
            file.extend(0..11);
            file.extend([0xff, 0xda, 0, (6 + 2 * scan.len()) as u8, scan.len() as u8]);
            for &place in *scan {
                file.extend([place as u8 + 1, 0]);
            }
            file.extend([0, 63, 0]);
            file.extend(self.scan(scan, usize::from(restart)));
        }
        file.extend(b"\xff\xd9");
        file
    }

    fn scan(&self, scan: &[usize], restart: usize) -> Vec<u8> {
        let (wide, high) = match scan {
            &[alone] => (self.components[alone].wide, self.components[alone].high),
            _ => self.units(),
        };
        let mut file = Vec::new();
        let mut bits = Bits::default();
        let mut last = [0; 4];
        for unit in 0..wide * high {
            if unit > 0 && restart > 0 && unit % restart == 0 {
                file.extend(std::mem::take(&mut bits).bytes());
                file.extend([0xff, 0xd0 + ((unit / restart - 1) % 8) as u8]);
                last = [0; 4];
            }
            for &place in scan {
                let one = &self.components[place];
                let (across, down) = if scan.len() == 1 {
                    (1, 1)
                } else {
                    (one.across, one.down)
                };
                for block in 0..across * down {
                    let x = unit % wide * across + block % across;
                    let y = unit / wide * down + block / across;
                    one.write((x, y), &mut last[place], &mut bits);
                }
            }
        }
        file.extend(bits.bytes());
        file
    }
}

impl Component {
    /// Beyond the component's own blocks: the last one's mean again, as libjpeg writes them.
    fn write(&self, (x, y): (usize, usize), last: &mut i32, bits: &mut Bits) {
        let inside = x < self.wide && y < self.high;
        let [mean, first, second] = if inside {
            self.blocks[y * self.wide + x]
        } else {
            [*last, 0, 0]
        };
        bits.value(mean - *last, 4);
        *last = mean;
        for coefficient in [first, second] {
            if coefficient == 0 {
                break;
            }
            bits.value(coefficient, 8);
        }
        bits.number(0, 8);
    }
}

const SAMPLINGS: [&[(usize, usize)]; 5] = [
    &[(2, 2), (1, 1), (1, 1)],
    &[(2, 1), (1, 1), (1, 1)],
    &[(1, 2), (1, 1), (1, 1)],
    &[(1, 1), (1, 1), (1, 1)],
    &[(4, 1), (1, 1), (1, 1)],
];

#[test]
fn the_same_coefficients_are_the_same_picture() {
    for sampling in SAMPLINGS {
        for size in [(64, 48), (65, 33), (40, 24), (8, 8), (1, 1), (17, 90)] {
            let picture = Picture::drawn(size, sampling);
            let together = decode(&picture.file(&[&[0, 1, 2]], 0)).unwrap();
            for scans in [
                &[&[0][..], &[1], &[2]][..],
                &[&[0], &[1, 2]],
                &[&[2], &[0, 1]],
            ] {
                for restart in [0, 1, 3] {
                    let apart = decode(&picture.file(scans, restart));
                    let same = apart.as_ref() == Ok(&together);
                    assert!(
                        same,
                        "{sampling:?}, {size:?}, {scans:?}, {restart}: {:?}",
                        apart.err()
                    );
                }
            }
        }
    }
}

#[test]
fn cut_off_or_damaged_it_is_refused_or_read_and_never_panics() {
    let picture = Picture::drawn((40, 24), SAMPLINGS[0]);
    let whole = picture.file(&[&[0], &[1], &[2]], 2);
    let format = Format::Jpeg;
    for length in 0..whole.len() {
        assert!(
            decode(&whole[..length]).is_err(),
            "{length} of {} bytes",
            whole.len()
        );
    }
    assert_eq!(
        decode(&whole[..whole.len() - 2]),
        Err(DecodeError::Truncated { format })
    );
    let mut state = 1u32;
    for _ in 0..3000 {
        let mut bytes = whole.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let place = (state >> 8) as usize % bytes.len();
            bytes[place] = state as u8;
        }
        let _ = images::decode(
            &bytes,
            &images::Limits {
                max_pixels: 1 << 20,
                ..Default::default()
            },
        );
    }
    // A component that never comes.
    let error = decode(&picture.file(&[&[0], &[1]], 0));
    assert!(
        matches!(error, Err(DecodeError::Damaged { .. })),
        "{error:?}"
    );
}
