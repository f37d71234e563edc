//! The real program on real photographs, and on what people mistake for photographs.

use std::path::{Path, PathBuf};
use std::process::Output;

use bigan::Precision;
use image::{ImageFormat, Rgb, RgbImage};
use machine::root;
use serde_json::Value;
use tempfile::TempDir;
use tests::model::{Model, TINY};
use tests::program::{stderr, stylewalk};

/// A folder with a small model and room for results.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let desk = Self { folder };
        let model = Model::drawn(TINY, Precision::F16);
        model.write(&desk.path("model"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Puts a file on the desk.
    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The PSNR of `photo`'s reconstruction by the published model after so many steps of refinement, dB.
    fn refined(&self, photo: &Path, steps: &str) -> f64 {
        let (model, out) = (root().join("web/weights"), self.path("out.png"));
        let mut arguments = vec!["reconstruct", "--json", "--device", "cpu"];
        arguments.extend(["--refine", steps, "--model", model.to_str().unwrap()]);
        arguments.extend(["--out", out.to_str().unwrap(), photo.to_str().unwrap()]);
        let output = stylewalk(arguments);
        assert!(output.status.success(), "{}", stderr(&output));
        let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
        figures["psnr"].as_f64().unwrap()
    }

    fn reconstruct(&self, photos: &[&Path]) -> Output {
        let (model, out, tiles) = (self.path("model"), self.path("out.png"), self.path("tiles"));
        let mut arguments = vec!["reconstruct", "--json", "--device", "cpu"];
        arguments.extend(["--model", model.to_str().unwrap()]);
        arguments.extend(["--out", out.to_str().unwrap()]);
        arguments.extend(["--tiles", tiles.to_str().unwrap()]);
        arguments.extend(photos.iter().map(|photo| photo.to_str().unwrap()));
        stylewalk(arguments)
    }

    /// Asserts that one photograph is rebuilt: figures that are numbers, and pictures that decode.
    fn rebuilds(&self, photo: &Path) {
        let output = self.reconstruct(&[photo]);
        let said = stderr(&output);
        assert!(output.status.success(), "{}: {said}", photo.display());
        let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
        for name in ["psnr", "ssim", "score", "score_original"] {
            assert!(figures[name].is_f64(), "{}: {figures}", photo.display());
        }
        assert_eq!(
            figures["latent"].as_array().map(Vec::len),
            Some(TINY.latent)
        );
        for tile in ["original", "reconstruction"] {
            let tile = self.picture(&format!("tiles/{tile}.png"));
            assert_eq!(tile.dimensions(), (64, 64));
        }
        let grid = self.picture("out.png");
        assert!(grid.width() >= 128 && grid.height() >= 64);
    }

    fn picture(&self, name: &str) -> RgbImage {
        let path = self.path(name);
        let picture = image::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        picture.to_rgb8()
    }

    /// Asserts that a file is refused in one sentence that names it and says `why`, and that nothing is written.
    fn refuses(&self, photo: &Path, why: &str) {
        let output = self.reconstruct(&[photo]);
        one_sentence(&output, 1, &[&photo.display().to_string(), why]);
        assert!(output.stdout.is_empty(), "{}", photo.display());
        assert!(!self.path("out.png").exists(), "{}", photo.display());
    }
}

/// Asserts that the program ended with `code` and one line on stderr that says all of `parts`.
fn one_sentence(output: &Output, code: i32, parts: &[&str]) {
    let said = stderr(output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.starts_with("error: "), "{said}");
    for part in parts {
        assert!(said.contains(part), "{said:?} does not say {part:?}");
    }
    assert!(
        !said.contains("panicked") && !said.contains("RUST_BACKTRACE"),
        "{said}"
    );
}

/// A picture of smooth colours in a file format.
fn encoded(width: u32, height: u32, format: ImageFormat) -> Vec<u8> {
    let picture = RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x % 256) as u8, (y % 256) as u8, ((x + y) / 16 % 256) as u8])
    });
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).unwrap();
    bytes.into_inner()
}

#[needs::photos]
fn every_good_photograph_is_rebuilt() {
    let folder = machine::photos().unwrap();
    let desk = Desk::new();
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let photo = entry.unwrap().path();
        let name = photo.file_name().unwrap().to_str().unwrap();
        if name != "README.md" && name != "truncated.jpg" {
            desk.rebuilds(&photo);
            count += 1;
        }
    }
    assert!(count >= 10, "{count} photographs");
}

#[test]
fn several_photographs_give_a_line_and_a_folder_each() {
    let desk = Desk::new();
    let red = desk.put("red.png", &encoded(20, 30, ImageFormat::Png));
    let blue = desk.put("blue.jpg", &encoded(300, 200, ImageFormat::Jpeg));
    let output = desk.reconstruct(&[&red, &blue]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    for name in ["red", "blue"] {
        let tile = desk.picture(&format!("tiles/{name}/original.png"));
        assert_eq!(tile.dimensions(), (64, 64));
    }
}

/// The picture the networks see is upright: EXIF orientation is applied, once.
#[needs::photos]
fn a_turned_photograph_is_turned_back() {
    let folder = machine::photos().unwrap();
    let desk = Desk::new();
    let turned = folder.join("orientation-6.jpg");
    desk.rebuilds(&turned);
    let seen = desk.picture("tiles/original.png");
    // As it lies in the file, and turned clockwise by hand: what orientation 6 asks for.
    let stored = image::open(&turned).unwrap().to_rgb8();
    let by_hand = image::imageops::rotate90(&stored);
    let psnr =
        |picture: &RgbImage| images::psnr(&seen, &images::square(picture, 64, images::Fit::Pad));
    assert!(psnr(&by_hand) > 40.0, "{} dB", psnr(&by_hand));
    assert!(psnr(&stored) < 30.0, "{} dB", psnr(&stored));
}

#[test]
fn twelve_megapixels_are_rebuilt() {
    let desk = Desk::new();
    let photo = desk.put("large.jpg", &encoded(4000, 3000, ImageFormat::Jpeg));
    desk.rebuilds(&photo);
}

#[test]
fn one_pixel_is_rebuilt() {
    let desk = Desk::new();
    for (name, format) in [
        ("one.png", ImageFormat::Png),
        ("one.jpg", ImageFormat::Jpeg),
    ] {
        desk.rebuilds(&desk.put(name, &encoded(1, 1, format)));
    }
}

#[test]
fn a_truncated_photograph_is_refused() {
    let desk = Desk::new();
    for (name, format) in [
        ("cut.jpg", ImageFormat::Jpeg),
        ("cut.png", ImageFormat::Png),
    ] {
        let whole = encoded(200, 200, format);
        let photo = desk.put(name, &whole[..whole.len() / 2]);
        desk.refuses(&photo, "cut off");
    }
}

#[needs::photos]
fn a_truncated_photograph_of_a_camera_is_refused() {
    let truncated = machine::photos().unwrap().join("truncated.jpg");
    Desk::new().refuses(&truncated, "cut off");
}

#[test]
fn what_is_no_photograph_is_refused() {
    let desk = Desk::new();
    for (name, bytes) in [
        (
            "renamed.jpg",
            &b"PK\x03\x04\x14\x00\x00\x00\x08\x00 a zip archive"[..],
        ),
        ("notes.png", b"a text file\n"),
        ("page.webp", b"<!doctype html><title>404</title>"),
    ] {
        desk.refuses(&desk.put(name, bytes), "not a photo");
    }
    desk.refuses(&desk.put("empty.jpg", b""), "empty");
}

#[test]
fn a_picture_larger_than_memory_is_refused_before_it_is_decoded() {
    let mut png = encoded(8, 8, ImageFormat::Png);
    // The header's width and height, and its checksum.
    png[16..24].copy_from_slice(&[0, 0, 0xea, 0x60, 0, 0, 0xea, 0x60]);
    let checksum = crc32(&png[12..29]);
    png[29..33].copy_from_slice(&checksum.to_be_bytes());
    let desk = Desk::new();
    desk.refuses(&desk.put("bomb.png", &png), "60000 x 60000");
}

/// PNG's checksum.
fn crc32(bytes: &[u8]) -> u32 {
    let shift = |crc: u32| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
    !bytes.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| shift(crc))
    })
}

#[test]
fn files_that_are_not_there_are_named() {
    let desk = Desk::new();
    one_sentence(
        &desk.reconstruct(&[&desk.path("absent.jpg")]),
        1,
        &["absent.jpg"],
    );

    let photo = desk.put("good.png", &encoded(40, 40, ImageFormat::Png));
    std::fs::remove_file(desk.path("model/encoder.safetensors")).unwrap();
    one_sentence(&desk.reconstruct(&[&photo]), 1, &["encoder.safetensors"]);
    std::fs::remove_dir_all(desk.path("model")).unwrap();
    one_sentence(&desk.reconstruct(&[&photo]), 1, &["model.json"]);
}

#[test]
fn a_damaged_model_is_refused() {
    let desk = Desk::new();
    let photo = desk.put("good.png", &encoded(40, 40, ImageFormat::Png));
    let generator = desk.path("model/generator.safetensors");
    let mut bytes = std::fs::read(&generator).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&generator, bytes).unwrap();
    one_sentence(
        &desk.reconstruct(&[&photo]),
        1,
        &["generator.safetensors", "sha256"],
    );
}

#[test]
fn an_unknown_device_is_refused_with_the_choices() {
    let output = stylewalk(["sample", "--device", "quantum"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("quantum") && said.contains("vulkan"),
        "{said}"
    );
}

#[test]
fn refining_comes_closer_to_a_photograph() {
    let desk = Desk::new();
    let photo = desk.put("photo.png", &encoded(200, 300, ImageFormat::Png));
    let (at_first_sight, refined) = (desk.refined(&photo, "0"), desk.refined(&photo, "30"));
    assert!(
        refined > at_first_sight,
        "{at_first_sight} dB, then {refined} dB"
    );
}
