//! Real photographs, where they are at hand.

use crate::fixtures::{decode, difference};
use images::{DecodeError, Fit, Format, psnr, square, to_signed};
use machine::{clothing, photos};
use std::fs;

#[needs::photos]
fn all_but_the_truncated_one_are_read() {
    let folder = photos().unwrap();
    let mut read = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let result = decode(&fs::read(&path).unwrap());
        match path.file_name().unwrap().to_str().unwrap() {
            "truncated.jpg" => assert_eq!(
                result,
                Err(DecodeError::Truncated {
                    format: Format::Jpeg
                })
            ),
            "README.md" => assert_eq!(
                result,
                Err(DecodeError::NotAPhoto {
                    looks_like: "a text file"
                })
            ),
            name => {
                let image = result.unwrap_or_else(|error| panic!("{name}: {error}"));
                let values = to_signed(&square(&image, 64, Fit::Pad));
                assert_eq!(values.len(), 3 * 64 * 64);
                read += 1;
            }
        }
    }
    assert!(read >= 18, "{read}");
}

/// The training photographs were made from these files by another program (Pillow): padding, resampling and
/// rounding must agree with it. What is left, at most 2 of 255, is the two JPEG decoders' rounding.
#[needs::photos_and_clothing]
fn squares_are_those_of_the_training_set() {
    let folder = photos().unwrap();
    let prepared = clothing().unwrap().join("test");
    let mut compared = 0;
    for label in fs::read_dir(prepared).unwrap() {
        for entry in fs::read_dir(label.unwrap().path()).unwrap() {
            let prepared = entry.unwrap().path();
            let original = folder
                .join(prepared.file_name().unwrap())
                .with_extension("jpg");
            let Ok(bytes) = fs::read(original) else {
                continue;
            };
            let made = square(&decode(&bytes).unwrap(), 64, Fit::Pad);
            let expected = decode(&fs::read(&prepared).unwrap()).unwrap();
            let apart = difference(&made, &expected);
            assert!(apart <= 2, "{}: {apart}", prepared.display());
            compared += 1;
        }
    }
    println!("{compared} photographs compared");
    assert!(compared >= 10);
}

#[needs::photos]
fn the_turned_photo_is_the_upright_one() {
    let folder = photos().unwrap();
    let turned = decode(&fs::read(folder.join("orientation-6.jpg")).unwrap()).unwrap();
    let close = fs::read_dir(&folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let other = decode(&fs::read(&path).unwrap_or_default());
        name != "orientation-6.jpg" && other.is_ok_and(|other| psnr(&turned, &other) > 30.0)
    });
    assert!(close, "no photo looks like orientation-6.jpg");
}
