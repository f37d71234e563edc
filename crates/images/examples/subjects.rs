//! Shows where `subject` sees the subject: `cargo run --profile quick --workspace --example subjects -- OUT.png PHOTO...`
//! (without photos: drawn outfits). Each photo with its box, and beside it what training gets.

use std::process::ExitCode;

use images::{Fit, Limits, Region, RgbImage, decode, grid, png, square, subject};

/// Pixels of a tile's side.
const TILE: u32 = 128;
const RED: image::Rgb<u8> = image::Rgb([230, 0, 40]);

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let Some(out) = words.next() else {
        eprintln!("name the picture to write, and photos");
        return ExitCode::FAILURE;
    };
    let mut pictures: Vec<RgbImage> = words.filter_map(|path| read(&path)).collect();
    if pictures.is_empty() {
        pictures.extend((0..40).map(|seed| outfits::outfit(seed, 200).image));
    }
    let tiles: Vec<RgbImage> = pictures.iter().flat_map(tiles).collect();
    match std::fs::write(&out, png(&grid(&tiles, 10, 2))) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{out}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn read(path: &str) -> Option<RgbImage> {
    let bytes = std::fs::read(path).ok()?;
    match decode(&bytes, &Limits::default()) {
        Ok(picture) => Some(picture),
        Err(error) => {
            eprintln!("{path}: {error}");
            None
        }
    }
}

/// The photo with its box, and the part that is kept.
fn tiles(picture: &RgbImage) -> [RgbImage; 2] {
    let Some(found) = subject(picture) else {
        return [square(picture, TILE, Fit::Pad), RgbImage::new(TILE, TILE)];
    };
    let kept = found.squared(0.1, picture.dimensions());
    let mut shown = picture.clone();
    outline(&mut shown, found);
    [
        square(&shown, TILE, Fit::Pad),
        square(&kept.of(picture), TILE, Fit::Pad),
    ]
}

fn outline(picture: &mut RgbImage, region: Region) {
    let thick = picture.width().max(picture.height()) / TILE + 1;
    let (right, bottom) = (region.left + region.width, region.top + region.height);
    for y in region.top..bottom {
        for x in region.left..right {
            let inside = (region.left + thick..right.saturating_sub(thick)).contains(&x)
                && (region.top + thick..bottom.saturating_sub(thick)).contains(&y);
            if !inside {
                picture.put_pixel(x, y, RED);
            }
        }
    }
}
