//! Interlaced PNG. No encoder at hand writes it, so this does, without compressing.

use crate::fixtures::{checksum, corners, decode};
use image::RgbImage;

/// First column and row of each pass, and how far apart the next ones are.
const PASSES: [[u32; 4]; 7] = [
    [0, 0, 8, 8],
    [4, 0, 8, 8],
    [0, 4, 4, 8],
    [2, 0, 4, 4],
    [0, 2, 2, 4],
    [1, 0, 2, 2],
    [0, 1, 1, 2],
];

/// A file of the colour type `kind`, of pixels as `stored` has them.
fn file(picture: &RgbImage, kind: u8, depth: u8, stored: impl Fn([u8; 3]) -> Vec<u8>) -> Vec<u8> {
    let (width, height) = picture.dimensions();
    let mut rows = Vec::new();
    for [left, top, across, down] in PASSES {
        if left >= width {
            continue;
        }
        for y in (top..height).step_by(down as usize) {
            rows.push(0); // no filter
            let columns = (left..width).step_by(across as usize);
            rows.extend(columns.flat_map(|x| stored(picture.get_pixel(x, y).0)));
        }
    }
    let mut header = [width.to_be_bytes(), height.to_be_bytes()].concat();
    header.extend([depth, kind, 0, 0, 1]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [
        (b"IHDR", header),
        (b"IDAT", packed(&rows)),
        (b"IEND", Vec::new()),
    ] {
        bytes.extend((data.len() as u32).to_be_bytes());
        let chunk = [&name[..], &data].concat();
        bytes.extend(&chunk);
        bytes.extend(checksum(&chunk).to_be_bytes());
    }
    bytes
}

/// A zlib stream of blocks that are stored as they are.
fn packed(data: &[u8]) -> Vec<u8> {
    let mut stream = vec![0x78, 0x01];
    let mut blocks = data.chunks(65_535).peekable();
    while let Some(block) = blocks.next() {
        stream.push(u8::from(blocks.peek().is_none()));
        let length = block.len() as u16;
        stream.extend(length.to_le_bytes());
        stream.extend((!length).to_le_bytes());
        stream.extend(block);
    }
    let (low, high) = data.iter().fold((1u32, 0u32), |(low, high), &byte| {
        let low = (low + u32::from(byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    stream.extend((high << 16 | low).to_be_bytes());
    stream
}

#[test]
fn every_pixel_is_in_its_place() {
    for (width, height) in [(1, 1), (3, 2), (8, 8), (13, 5), (5, 70), (200, 130)] {
        let shades = |x: u32, y: u32| image::Rgb([x as u8, y as u8, (x * y) as u8]);
        for picture in [
            corners(width, height),
            RgbImage::from_fn(width, height, shades),
        ] {
            let plain = file(&picture, 2, 8, |colour| colour.to_vec());
            assert_eq!(decode(&plain).as_ref(), Ok(&picture), "{width}x{height}");
            let deep = file(&picture, 6, 16, |[red, green, blue]| {
                vec![red, red, green, green, blue, blue, 255, 255]
            });
            assert_eq!(
                decode(&deep).as_ref(),
                Ok(&picture),
                "{width}x{height}, 16 bits"
            );
        }
    }
}
