//! `stylewalk refine` with the model that the page loads, on a photograph of the page's examples: what is asked for is in the
//! picture, and what cannot be asked for is told.

use std::path::{Path, PathBuf};

use image::{Rgb, RgbImage};
use images::{Limits, png};
use machine::root;
use serde_json::Value;
use tempfile::TempDir;
use tests::program::{stderr, stylewalk, succeeded};

const SIDE: u32 = 64;
const GREEN: [u8; 3] = [32, 128, 64];
/// Pixels between tiles of the picture, and how much they are enlarged.
const GAP: u32 = 4;
const ENLARGED: u32 = 4;

struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn text(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// A mask that is white below a row.
    fn below(&self, name: &str, row: u32) -> String {
        let paint = |_, y| Rgb(if y >= row { [255; 3] } else { [0; 3] });
        let path = self.text(name);
        std::fs::write(&path, png(&RgbImage::from_fn(SIDE, SIDE, paint))).unwrap();
        path
    }

    /// What `refine` says of an example, a value for each candidate, and the pictures: the photograph, what the encoder
    /// makes of it, the candidates.
    fn refine(&self, more: &[&str]) -> (Vec<Value>, Vec<RgbImage>) {
        let (photo, out) = (example("dress.jpg"), self.text("refined.png"));
        let arguments = ["refine", &photo, "--out", &out, "--device", "cpu", "--json"];
        let arguments = arguments.into_iter().chain(more.iter().copied());
        let said = succeeded(stylewalk(arguments));
        let lines = said
            .lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect();
        (lines, tiles(Path::new(&out)))
    }

    fn refused(&self, more: &[&str], words: &[&str]) {
        let (photo, out) = (example("dress.jpg"), self.text("none.png"));
        let arguments = [
            "refine", &photo, "--out", &out, "--device", "cpu", "--steps", "1",
        ];
        let output = stylewalk(arguments.into_iter().chain(more.iter().copied()));
        let said = stderr(&output);
        assert!(!output.status.success(), "{more:?}");
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(!PathBuf::from(out).exists());
    }
}

fn example(name: &str) -> String {
    let path = root().join("web/examples").join(name);
    path.to_str().unwrap().to_owned()
}

/// The pictures of a grid of one row, 64x64 each.
fn tiles(path: &Path) -> Vec<RgbImage> {
    let grid = images::decode(&std::fs::read(path).unwrap(), &Limits::default()).unwrap();
    let step = SIDE * ENLARGED + GAP;
    let pixel = |tile: u32, x, y| {
        *grid.get_pixel(GAP + tile * step + x * ENLARGED + 1, GAP + y * ENLARGED + 1)
    };
    let tile = |tile| RgbImage::from_fn(SIDE, SIDE, |x, y| pixel(tile, x, y));
    (0..grid.width() / step).map(tile).collect()
}

/// The mean colour of a part of what is no white ground in the photograph.
fn mean(picture: &RgbImage, photo: &RgbImage, rows: std::ops::Range<u32>) -> [f64; 3] {
    let inside = |x, y| photo.get_pixel(x, y).0.iter().any(|&value| value < 225);
    let (mut sum, mut count) = ([0.0; 3], 0.0);
    for y in rows {
        for x in (0..SIDE).filter(|&x| inside(x, y)) {
            for (sum, value) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
                *sum += f64::from(value);
            }
            count += 1.0;
        }
    }
    sum.map(|value| value / count)
}

fn distance(a: [f64; 3], b: [u8; 3]) -> f64 {
    let squares = a.iter().zip(b).map(|(a, b)| (a - f64::from(b)).powi(2));
    squares.sum::<f64>().sqrt()
}

#[test]
fn a_garment_gets_the_colour_that_is_asked_for() {
    let (lines, pictures) = Desk::new().refine(&["--colour", "#208040", "--steps", "60"]);
    let [photo, first, best] = &pictures[..] else {
        panic!("{} pictures", pictures.len())
    };
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["latent"].as_array().unwrap().len(), 100);
    let reached = mean(best, photo, 0..SIDE);
    assert!(
        distance(mean(first, photo, 0..SIDE), GREEN) > 60.0,
        "it was green"
    );
    for (reached, asked) in reached.iter().zip(GREEN) {
        // At most 8 of 255 where the network finds the garment; this looks at what is not white.
        assert!(
            (reached - f64::from(asked)).abs() <= 16.0,
            "{reached}, asked {asked}"
        );
    }
}

#[test]
fn what_is_kept_stays_and_a_part_is_coloured() {
    let desk = Desk::new();
    let (lower, upper) = (desk.below("lower.png", 32), desk.text("upper.png"));
    let paint = |_, y| Rgb(if y < 32 { [255; 3] } else { [0; 3] });
    std::fs::write(&upper, png(&RgbImage::from_fn(SIDE, SIDE, paint))).unwrap();
    // As it is printed: in the picture, what D says covers a corner of what is kept.
    let psnr = |lines: &[Value]| lines[0]["psnr"].as_f64().unwrap();
    let (plain, pictures) = desk.refine(&["--keep", &upper, "--steps", "60"]);
    let [photo, before, _] = &pictures[..] else {
        panic!("{} pictures", pictures.len())
    };
    let part = 32..SIDE;
    assert!(distance(mean(before, photo, part.clone()), GREEN) > 60.0);
    let painted = format!("208040={lower}");
    for colour in [painted.as_str(), "208040"] {
        let (wished, pictures) =
            desk.refine(&["--keep", &upper, "--colour", colour, "--steps", "60"]);
        assert!(
            psnr(&wished) >= psnr(&plain) - 1.0,
            "{} dB of the kept part, {} without a colour",
            psnr(&wished),
            psnr(&plain)
        );
        let [_, _, after] = &pictures[..] else {
            panic!("{} pictures", pictures.len())
        };
        for (reached, asked) in mean(after, photo, part.clone()).iter().zip(GREEN) {
            assert!(
                (reached - f64::from(asked)).abs() <= 8.0,
                "{reached}, asked {asked}"
            );
        }
    }
}

#[test]
fn a_dress_becomes_trousers_and_says_how_sure_that_is() {
    let (lines, _) = Desk::new().refine(&["--kind", "pants", "--candidates", "4"]);
    assert_eq!(lines.len(), 4);
    let totals: Vec<f64> = lines
        .iter()
        .map(|line| line["total"].as_f64().unwrap())
        .collect();
    assert!(
        totals.is_sorted(),
        "the best candidate comes first: {totals:?}"
    );
    let sure = lines[0]["kind"].as_f64().unwrap();
    assert!((0.5..=1.0).contains(&sure), "{sure}");
}

#[test]
fn an_outline_is_filled() {
    let desk = Desk::new();
    // A dress is to have the shirt's.
    let (shirt, tiles) = (example("shirt.jpg"), desk.text("tiles"));
    let out = desk.text("shirt.png");
    succeeded(stylewalk([
        "reconstruct",
        &shirt,
        "--tiles",
        &tiles,
        "--out",
        &out,
        "--device",
        "cpu",
    ]));
    let shirt = std::fs::read(Path::new(&tiles).join("original.png")).unwrap();
    let shirt = images::decode(&shirt, &Limits::default()).unwrap();
    let dark =
        |picture: &RgbImage, x, y| picture.get_pixel(x, y).0.iter().any(|&value| value < 225);
    let inside = |x: u32, y: u32| dark(&shirt, x, y);
    let outline = desk.text("outline.png");
    let paint = |x, y| Rgb(if inside(x, y) { [255; 3] } else { [0; 3] });
    std::fs::write(&outline, png(&RgbImage::from_fn(SIDE, SIDE, paint))).unwrap();
    let (_, pictures) = desk.refine(&["--shape", &outline, "--candidates", "4"]);
    let iou = |picture: &RgbImage| {
        let places = || (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (x, y)));
        let both = places()
            .filter(|&(x, y)| dark(picture, x, y) && inside(x, y))
            .count();
        let either = places()
            .filter(|&(x, y)| dark(picture, x, y) || inside(x, y))
            .count();
        both as f64 / either as f64
    };
    let found: Vec<f64> = pictures[2..].iter().map(iou).collect();
    let good = found.iter().filter(|&&iou| iou >= 0.9).count();
    assert!(good >= 3, "{found:?}, before {}", iou(&pictures[1]));
}

#[test]
fn what_cannot_be_asked_for_is_told() {
    let desk = Desk::new();
    desk.refused(&["--colour", "red"], &["six hexadecimal digits"]);
    desk.refused(&["--kind", "crown"], &["crown", "pants"]);
    desk.refused(&["--candidates", "0"], &["--candidates is 0"]);
    desk.refused(&["--keep", "no-such.png"], &["no-such.png"]);
    let wide = desk.text("wide.png");
    std::fs::write(&wide, png(&RgbImage::new(64, 32))).unwrap();
    desk.refused(&["--shape", &wide], &["64x32", "square"]);
}
