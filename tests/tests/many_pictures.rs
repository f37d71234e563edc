//! `reconstruct` on many photographs, some of them bad, and `sample` of many pictures.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Output;

use bigan::Precision;
use serde_json::Value;
use tempfile::TempDir;
use tests::model::{Model, TINY};
use tests::program::{printed, printed_json, stderr, stylewalk};

/// A folder with a small model and room for results.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        let desk = Self(tempfile::tempdir().unwrap());
        Model::drawn(TINY, Precision::F16).write(&desk.path("model"));
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Draws an outfit.
    fn draw(&self, name: &str, seed: u64) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, images::png(&outfits::outfit(seed, 64).image)).unwrap();
        path
    }

    fn reconstruct(&self, photos: &[&Path], more: &[&str]) -> Output {
        let model = self.text("model");
        let mut arguments = vec!["reconstruct", "--device", "cpu", "--model", &model];
        arguments.extend(photos.iter().map(|photo| photo.to_str().unwrap()));
        arguments.extend(more);
        stylewalk(arguments)
    }

    fn sample<'a>(&self, more: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let model = self.text("model");
        let first = ["sample", "--device", "cpu", "--model", &model];
        let more = more.into_iter().map(str::to_owned);
        first.map(str::to_owned).into_iter().chain(more).collect()
    }
}

fn words(arguments: &[String]) -> impl Iterator<Item = &str> {
    arguments.iter().map(String::as_str)
}

#[test]
fn a_bad_photograph_is_named_and_the_others_are_rebuilt() {
    let desk = Desk::new();
    let good = [desk.draw("a.png", 1), desk.draw("b.png", 2)];
    let bad = desk.path("bad\u{1b}[31m.png");
    std::fs::write(&bad, "nothing").unwrap();
    let out = desk.text("out.png");
    let output = desk.reconstruct(&[&good[0], &bad, &good[1]], &["--out", &out, "--json"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    let [skipped, error] = lines[..] else {
        panic!("{said}")
    };
    assert!(
        skipped.starts_with("skipped: ") && skipped.contains("bad\\u{1b}[31m.png"),
        "{said}"
    );
    assert!(
        error.starts_with("error: 1 of 3 photographs could not be used"),
        "{said}"
    );
    let lines = String::from_utf8(output.stdout).unwrap();
    let photos: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(photos.len(), 2);
    assert_eq!(photos[1]["photo"], good[1].to_str().unwrap());
    // Two pairs beside each other.
    assert!(image::open(&out).unwrap().width() > 256);
}

#[test]
fn only_bad_photographs_make_nothing() {
    let desk = Desk::new();
    let bad = ["x.png", "y.png"].map(|name| desk.path(name));
    for path in &bad {
        std::fs::write(path, "nothing").unwrap();
    }
    let out = desk.text("out.png");
    let output = desk.reconstruct(&[&bad[0], &bad[1]], &["--out", &out]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("none of the 2 photographs"), "{said}");
    assert!(!Path::new(&out).exists());
}

#[test]
fn photographs_of_one_name_are_kept_apart() {
    let desk = Desk::new();
    let photos = [desk.draw("q1/a.png", 1), desk.draw("q2/a.png", 2)];
    let (out, tiles) = (desk.text("out.png"), desk.text("tiles"));
    let more = ["--out", &out, "--tiles", &tiles];
    let output = desk.reconstruct(&[&photos[0], &photos[1]], &more);
    assert!(output.status.success(), "{}", stderr(&output));
    for (photo, folder) in photos.iter().zip(["a", "a-2"]) {
        let tile = desk.path("tiles").join(folder).join("original.png");
        let [photo, tile] = [photo, &tile].map(|path| image::open(path).unwrap().to_rgb8());
        assert!(photo == tile, "{folder}");
    }
}

#[test]
fn a_photograph_is_never_written_over() {
    let desk = Desk::new();
    let photo = desk.draw("me.png", 1);
    let inside = desk.draw("t/original.png", 2);
    let before = std::fs::read(&photo).unwrap();
    let (out, tiles) = (desk.text("out.png"), desk.text("t"));
    for (photo, more, told) in [
        (&photo, vec!["--out", photo.to_str().unwrap()], "--out is"),
        (
            &inside,
            vec!["--out", &out, "--tiles", &tiles],
            "--tiles is",
        ),
    ] {
        let output = desk.reconstruct(&[photo], &more);
        let said = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(told), "{said}");
    }
    assert_eq!(std::fs::read(&photo).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_name_that_is_not_unicode_is_rebuilt_and_told_in_json() {
    use std::os::unix::ffi::OsStrExt;
    let desk = Desk::new();
    let photo = desk
        .path("")
        .join(std::ffi::OsStr::from_bytes(b"gr\xfcn.png"));
    std::fs::rename(desk.draw("green.png", 1), &photo).unwrap();
    let (model, out) = (desk.text("model"), desk.text("out.png"));
    let arguments = [
        "reconstruct",
        "--json",
        "--device",
        "cpu",
        "--model",
        &model,
    ];
    let mut command = tests::program::command(arguments.into_iter().chain(["--out", &out]));
    let output = command.arg(&photo).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    let named = figures["photo"].as_str().unwrap();
    assert!(named.ends_with("gr\u{fffd}n.png"), "{named}");
}

/// As the grid shows them, without D's percentage on them.
#[test]
fn each_sample_is_a_file_with_its_code() {
    let desk = Desk::new();
    let each = desk.text("each");
    let told = printed_json(words(
        &desk.sample(["--count", "70", "--each", &each, "--seed", "5", "--json"]),
    ));
    assert_eq!(told["count"], 70);
    let codes = std::fs::read_to_string(desk.path("each/codes.jsonl")).unwrap();
    let lines: Vec<Value> = codes
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 70);
    let mut distinct = BTreeSet::new();
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["file"], format!("{number:06}.png"));
        let code = line["latent"].as_array().unwrap();
        assert_eq!(code.len(), TINY.latent);
        assert!(
            code.iter()
                .all(|value| value.as_f64().unwrap().abs() <= 1.0)
        );
        distinct.insert(line["latent"].to_string());
        let picture = image::open(desk.path("each").join(format!("{number:06}.png"))).unwrap();
        assert_eq!((picture.width(), picture.height()), (64, 64));
    }
    assert_eq!(distinct.len(), 70);

    // The same codes, and so the same probabilities, as a grid of the same seed, whose first tile is the first picture
    // twice as large, but for what is written at its top left.
    let grid = desk.text("grid.png");
    let told = printed_json(words(
        &desk.sample(["--count", "70", "--out", &grid, "--seed", "5", "--json"]),
    ));
    let number = |value: &Value| value.as_f64().unwrap() as f32;
    let scores: Vec<f32> = lines.iter().map(|line| number(&line["score"])).collect();
    let of_grid = told["scores"].as_array().unwrap().iter();
    assert_eq!(of_grid.map(number).collect::<Vec<_>>(), scores);
    let grid = image::open(&grid).unwrap().to_rgb8();
    let first = image::open(desk.path("each/000000.png")).unwrap().to_rgb8();
    for (x, y) in [(63, 63), (40, 50), (0, 63)] {
        let at = |offset: u32| grid[(2 * x + offset, 2 * y + offset)];
        assert!(
            (0..4).any(|offset| at(offset) == first[(x, y)]),
            "pixel {x}, {y}"
        );
    }
}

#[test]
fn samples_are_written_into_an_empty_folder_only() {
    let desk = Desk::new();
    desk.draw("mine/precious.png", 1);
    let mine = desk.text("mine");
    let output = stylewalk(words(&desk.sample(["--count", "2", "--each", &mine])));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("is not an empty folder"), "{said}");

    let output = stylewalk(words(&desk.sample(["--count", "5000"])));
    let said = stderr(&output);
    assert!(said.contains("at most 4096; --each DIR"), "{said}");
    let new = desk.text("new/deep");
    let told = printed(words(&desk.sample(["--count", "1", "--each", &new])));
    assert!(told.contains("1 pictures and their codes"), "{told}");
}
