//! How the pictures of two folders differ, those of the same path.

use std::error::Error;
use std::path::{Path, PathBuf};

use images::{Limits, RgbImage, decode};

use crate::lines::{Line, Pixels};
use crate::{Outcome, say};

/// Compares every `reconstruction.png` of `one`'s folders with that of `other`.
pub fn run(one: &Path, other: &Path) -> Outcome {
    let mut pixels = Pixels {
        pictures: 0,
        largest: 0,
        differing: 0.0,
    };
    let (mut differing, mut colours) = (0_usize, 0_usize);
    for folder in folders(one)? {
        let path = folder.join("reconstruction.png");
        let [a, b] = [picture(&one.join(&path))?, picture(&other.join(&path))?];
        if a.dimensions() != b.dimensions() {
            return Err(format!("{} has two sizes", path.display()).into());
        }
        pixels.pictures += 1;
        for (a, b) in a.as_raw().iter().zip(b.as_raw()) {
            let apart = a.abs_diff(*b);
            pixels.largest = pixels.largest.max(apart);
            differing += usize::from(apart > 0);
            colours += 1;
        }
    }
    pixels.differing = differing as f64 / colours.max(1) as f64;
    say(&Line::Pixels(pixels))
}

/// Those in it, by their names.
fn folders(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.push(PathBuf::from(entry?.file_name()));
    }
    Ok(names)
}

fn picture(path: &Path) -> Result<RgbImage, Box<dyn Error>> {
    let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    Ok(decode(&bytes, &Limits::default())?)
}
