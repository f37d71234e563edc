//! Colours come out in sRGB, whatever a file says theirs are.

use crate::fixtures::decode;
use image::RgbImage;
use png::{BitDepth, ColorType, Encoder, ScaledFloat, chunk::ChunkType};
use serde::Deserialize;
use serde_json::Value;

macro_rules! golden {
    ($name:literal) => {
        include_bytes!(concat!("../../../../tests/golden/colours/", $name))
    };
}

/// The side of a patch.
const PATCH: u32 = 16;

fn expected(name: &str) -> Vec<[u8; 3]> {
    let all: Value = serde_json::from_slice(golden!("expected.json")).unwrap();
    let pairs = all[name].as_array().unwrap().iter();
    pairs
        .map(|pair| Deserialize::deserialize(&pair[1]).unwrap())
        .collect()
}

fn agrees(name: &str, read: &RgbImage, side: u32, apart: u8) {
    let expected = expected(name);
    assert_eq!(read.dimensions(), (side * expected.len() as u32, side));
    for (x, expected) in (0..).zip(expected) {
        let made = read.get_pixel(side * x + side / 2, side / 2).0;
        let near = (0..3).all(|channel| made[channel].abs_diff(expected[channel]) <= apart);
        assert!(near, "{name}, patch {x}: {made:?}, not {expected:?}");
    }
}

#[test]
fn profiles_in_every_format_are_applied() {
    agrees(
        "adobe",
        &decode(golden!("patches-adobe.png")).unwrap(),
        PATCH,
        1,
    );
    agrees(
        "prophoto",
        &decode(golden!("patches-prophoto.webp")).unwrap(),
        PATCH,
        1,
    );
    agrees("grey", &decode(golden!("patches-grey.png")).unwrap(), 1, 1);
    // JPEG's own rounding to brightness and colour is up to 2, and up to three times that among dark saturated colours.
    agrees("p3", &decode(golden!("patches-p3.jpg")).unwrap(), PATCH, 6);
}

/// A picture of one colour, with chunks before its data.
fn chunked(colour: [u8; 4], chunks: &[(&[u8; 4], &[u8])]) -> RgbImage {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, 1, 1);
    encoder.set_color(ColorType::Rgba);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header().unwrap();
    for (name, data) in chunks {
        writer.write_chunk(ChunkType(**name), data).unwrap();
    }
    writer.write_image_data(&colour).unwrap();
    writer.finish().unwrap();
    decode(&bytes).unwrap()
}

#[test]
fn png_s_own_chunks_are_applied_in_the_standard_s_order() {
    let gamma = |value| ScaledFloat::new(value).into_scaled().to_be_bytes();
    let colour = [55, 0, 255, 255];
    let light = [[128, 0, 255], [55, 0, 255]];
    let linear = gamma(1.0);
    assert_eq!(chunked(colour, &[(b"gAMA", &linear)]).as_raw(), &light[0]);
    assert_eq!(
        chunked(colour, &[(b"sRGB", &[0]), (b"gAMA", &linear)]).as_raw(),
        &light[1]
    );
    // cICP stands above all: linear, whatever the others say.
    let coded = chunked(colour, &[(b"cICP", &[1, 8, 0, 1]), (b"sRGB", &[0])]);
    assert_eq!(coded.as_raw(), &light[0]);
    assert_eq!(
        chunked(colour, &[(b"gAMA", &gamma(0.45455))]).as_raw(),
        &light[1]
    );
}

#[test]
fn a_transparent_colour_is_converted_before_it_is_laid_on_white() {
    let linear = ScaledFloat::new(1.0).into_scaled().to_be_bytes();
    let read = chunked([55, 0, 255, 51], &[(b"gAMA", &linear)]);
    assert_eq!(read.as_raw(), &[230, 204, 255]);
}
