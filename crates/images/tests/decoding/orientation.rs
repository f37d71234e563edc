//! EXIF orientation is applied once.

use crate::fixtures::{FORMATS, corners, decode, exif, file};
use image::{RgbImage, imageops};
use images::Format;

/// What a camera stores when `upright` is to be seen: the inverse of each of EXIF's eight transformations.
fn stored(upright: &RgbImage, orientation: u16) -> RgbImage {
    match orientation {
        2 => imageops::flip_horizontal(upright),
        3 => imageops::rotate180(upright),
        4 => imageops::flip_vertical(upright),
        5 => imageops::flip_horizontal(&imageops::rotate90(upright)),
        6 => imageops::rotate270(upright),
        7 => imageops::flip_vertical(&imageops::rotate90(upright)),
        8 => imageops::rotate90(upright),
        _ => upright.clone(),
    }
}

#[test]
fn every_orientation_comes_out_upright_in_every_format() {
    let upright = corners(48, 32);
    for format in FORMATS {
        for orientation in 1..=8 {
            let picture = stored(&upright, orientation);
            let bytes = file(&picture.into(), format, Some(exif(orientation)));
            let read = decode(&bytes).unwrap();
            assert_eq!(read.dimensions(), (48, 32), "{format} {orientation}");
            for (x, y) in [(4, 4), (44, 4), (4, 28), (44, 28)] {
                let (a, b) = (read.get_pixel(x, y).0, upright.get_pixel(x, y).0);
                let near = (0..3).all(|c| a[c].abs_diff(b[c]) <= 12);
                assert!(
                    near,
                    "{format}, orientation {orientation}: {a:?} at {x},{y}"
                );
            }
        }
    }
}

/// As some programs write it, and where the PNG standard lets it stand.
#[test]
fn exif_with_its_introduction_or_behind_the_picture_counts() {
    let upright = corners(48, 32);
    let lying = imageops::rotate270(&upright);
    let mut introduced = b"Exif\0\0".to_vec();
    introduced.extend(exif(6));
    let bytes = file(&lying.clone().into(), Format::WebP, Some(introduced));
    assert_eq!(decode(&bytes).as_ref(), Ok(&upright));
    let mut bytes = file(&lying.into(), Format::Png, Some(exif(6)));
    let chunk = bytes.windows(4).position(|name| name == b"eXIf").unwrap() - 4;
    let moved: Vec<u8> = bytes.drain(chunk..chunk + 12 + exif(6).len()).collect();
    let end = bytes.len() - 12;
    bytes.splice(end..end, moved);
    assert_eq!(decode(&bytes).as_ref(), Ok(&upright));
}

#[test]
fn foreign_orientations_and_broken_exif_are_no_obstacle() {
    let upright = corners(48, 32);
    for block in [exif(0), exif(9), b"MM".to_vec(), vec![0xff; 40]] {
        for format in [Format::Jpeg, Format::Png] {
            let bytes = file(&upright.clone().into(), format, Some(block.clone()));
            let read = decode(&bytes).unwrap();
            assert_eq!(read.dimensions(), (48, 32), "{format}");
        }
    }
}
