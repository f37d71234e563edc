//! Long pictures take the memory of their pixels, once, and no more: not that of the square around them, and not a second
//! copy to convert or to shrink.
//!
//! In a program of its own, because what is measured is the most that the whole program has ever had.

#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    reason = "a test that cannot go on should stop where it is"
)]

use images::{Fit, Limits, Look, View, decode, square};
use png::{BitDepth, ColorType, Encoder};
use std::fs;
use std::io::Write;

/// What is allowed, program and file included.
const MOST: u64 = 200_000_000;

/// The most memory that this process has had, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib = line
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap();
    kib * 1024
}

/// A scrolling screenshot: red, green, blue and alpha.
fn screenshot((width, height): (u32, u32)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, width, height);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    let mut rows = writer.stream_writer().unwrap();
    for y in 0..height {
        let row: Vec<u8> = (0..width)
            .flat_map(|x| [x as u8, (y / 200) as u8, 90, 255])
            .collect();
        rows.write_all(&row).unwrap();
    }
    rows.finish().unwrap();
    writer.finish().unwrap();
    bytes
}

/// A panorama, as grey as JPEG can be: every block is five zero bits, the mean of the one before and nothing else.
fn panorama((width, height): (u16, u16)) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xdb\0\x43\0".to_vec();
    bytes.extend([8; 64]);
    bytes.extend(b"\xff\xc0\0\x11\x08");
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\x03\x01\x22\0\x02\x11\0\x03\x11\0");
    bytes.extend(b"\xff\xc4\0\x1f\0\0\0\0\x0c\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(0..12);
    bytes.extend(b"\xff\xc4\0\x14\x10\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
    bytes.extend(b"\xff\xda\0\x0c\x03\x01\0\x02\0\x03\0\0\x3f\0");
    let units = usize::from(width.div_ceil(16)) * usize::from(height.div_ceil(16));
    bytes.extend(std::iter::repeat_n(0, (units * 6 * 5).div_ceil(8)));
    bytes.extend(b"\xff\xd9");
    bytes
}

/// The ways of a photograph: whole, cropped, as the network that cuts out looks at it, and a part that somebody chose.
fn seen(bytes: &[u8], size: (u32, u32)) {
    let photo = decode(bytes, &Limits::default()).unwrap();
    assert_eq!(photo.dimensions(), size);
    for fit in [Fit::Pad, Fit::Crop] {
        assert_eq!(square(&photo, 64, fit).dimensions(), (64, 64));
    }
    assert!(Look::first(&photo, [64; 2]).is_some());
    let view = View {
        turns: 1,
        left: 0.0,
        top: 0.1,
        side: 0.02,
    };
    assert!(view.of(&photo).width() > 1);
}

#[test]
fn long_pictures_take_the_memory_of_their_pixels() {
    seen(&screenshot((1080, 27_000)), (1080, 27_000));
    assert!(peak() < MOST, "a screenshot: {} bytes", peak());
    seen(&panorama((16_382, 3_628)), (16_382, 3_628));
    assert!(peak() < MOST, "a panorama: {} bytes", peak());
}
