//! CMYK JPEG, as print shops and Photoshop write it. No encoder at hand makes one, so this does: one 8x8 block per
//! channel, each of one value.

use crate::fixtures::decode;

/// An 8x8 JPEG of four channels. `transform` is Adobe's: 0 for CMYK, 2 for YCCK. Adobe stores ink inverted.
fn file(samples: [u8; 4], transform: u8) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xee\0\x0eAdobe\0\x64\0\0\0\0".to_vec();
    bytes.push(transform);
    bytes.extend(b"\xff\xdb\0\x43\0");
    bytes.extend([8; 64]); // with steps of 8, a block's DC value is its level, shifted by 128
    bytes.extend(b"\xff\xc0\0\x14\x08\0\x08\0\x08\x04");
    for channel in 1..=4 {
        bytes.extend([channel, 0x11, 0]);
    }
    // DC codes: twelve lengths of difference, four bits each. AC codes: only "end of block", one bit.
    bytes.extend(b"\xff\xc4\0\x1f\0\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(0..12);
    bytes.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(b"\xff\xda\0\x0e\x04\x01\0\x02\0\x03\0\x04\0\0\x3f\0");
    bytes.extend(scan(samples));
    bytes.extend(b"\xff\xd9");
    bytes
}

/// The entropy-coded blocks: length of the difference, the difference, "end of block".
fn scan(samples: [u8; 4]) -> Vec<u8> {
    let mut bits = String::new();
    for sample in samples {
        let level = i32::from(sample) - 128;
        let length = i32::BITS - level.abs().leading_zeros();
        let code = if level < 0 {
            level + (1 << length) - 1
        } else {
            level
        };
        bits += &format!("{length:04b}");
        if length > 0 {
            bits += &format!("{code:0width$b}", width = length as usize);
        }
        bits.push('0');
    }
    while !bits.len().is_multiple_of(8) {
        bits.push('1');
    }
    let byte = |start| u8::from_str_radix(&bits[start..start + 8], 2).unwrap();
    let bytes = (0..bits.len()).step_by(8).map(byte);
    // A 0xff among the data is followed by a zero.
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

fn colour(samples: [u8; 4], transform: u8) -> [u8; 3] {
    let read = decode(&file(samples, transform)).unwrap();
    assert_eq!(read.dimensions(), (8, 8));
    let first = read.get_pixel(0, 0).0;
    assert!(read.pixels().all(|pixel| pixel.0 == first));
    first
}

fn near(a: [u8; 3], b: [u8; 3]) -> bool {
    (0..3).all(|c| a[c].abs_diff(b[c]) <= 3)
}

#[test]
fn inks_become_red_green_and_blue() {
    for (samples, expected) in [
        ([255, 255, 255, 255], [255, 255, 255]), // no ink
        ([255, 255, 255, 0], [0, 0, 0]),         // black alone
        ([0, 255, 255, 255], [0, 255, 255]),     // cyan
        ([255, 0, 255, 255], [255, 0, 255]),     // magenta
        ([255, 255, 0, 128], [128, 128, 0]),     // yellow and half of black
    ] {
        let read = colour(samples, 0);
        assert!(near(read, expected), "{samples:?} became {read:?}");
    }
}

#[test]
fn ycck_is_converted_too() {
    // Luma here is that of the inks: none of it is no ink, and black scales what is left.
    for (samples, expected) in [
        ([128, 128, 128, 255], [127, 127, 127]),
        ([128, 128, 128, 128], [64, 64, 64]),
        ([0, 128, 128, 255], [255, 255, 255]),
        ([255, 128, 128, 255], [0, 0, 0]),
    ] {
        let read = colour(samples, 2);
        assert!(near(read, expected), "{samples:?} became {read:?}");
    }
}
