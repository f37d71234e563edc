//! `stylewalk figures`, `walk` and `export --format onnx` as a user runs them, on a run of a few steps.

use std::path::{Path, PathBuf};

use image::RgbImage;
use serde_json::Value;
use tests::outfits::{run_dir, train};
use tests::program::{printed, printed_json, stderr, stylewalk, succeeded};

/// A run of tiny networks on drawn outfits.
fn run(folder: &Path) -> PathBuf {
    succeeded(train(folder, "--steps 4 --log-every 1"));
    run_dir(folder)
}

fn picture(path: &Path) -> RgbImage {
    let picture = image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    picture.to_rgb8()
}

#[test]
fn a_run_gives_the_papers_figures() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let arguments = [
        "figures",
        run.to_str().unwrap(),
        "--device",
        "cpu",
        "--json",
    ];
    let told: Value = printed_json(arguments);
    assert_eq!(told["step"], 4);
    assert_eq!(told["samples"].as_array().unwrap().len(), 64);
    // Three test photographs, so that all of them are rebuilt.
    assert_eq!(told["reconstructions"].as_array().unwrap().len(), 3);

    let figures = run.join("figures");
    let tile = 3 * 64 + 4;
    let samples = picture(&figures.join("samples.png"));
    assert_eq!(samples.dimensions(), (8 * tile + 4, 8 * tile + 4));
    let pairs = picture(&figures.join("reconstructions.png"));
    assert_eq!(pairs.dimensions(), (4 * tile + 4, 2 * tile + 4));
    // A percentage at a tile's top left: light digits, their edges soft, on a dark plate.
    let corner = image::imageops::crop_imm(&samples, 4, 4, 30, 20).to_image();
    let count = |levels: std::ops::RangeInclusive<u8>| {
        let greys = corner.pixels().filter(|pixel| pixel.0 == [pixel.0[0]; 3]);
        greys.filter(|pixel| levels.contains(&pixel.0[0])).count()
    };
    let (ink, plate) = (count(200..=255), count(24..=24));
    assert!(
        ink > 20 && plate > 50,
        "{ink} pixels of ink, {plate} of the plate"
    );
    assert!(picture(&figures.join("losses.png")).width() >= 1000);
    let svg = std::fs::read_to_string(figures.join("losses.svg")).unwrap();
    assert!(svg.contains("L_AD") && svg.contains("L_AE"), "{svg}");

    // The same seed gives the same figures, another one other samples.
    let again = |seed: &str| -> (RgbImage, Value) {
        let out = folder.path().join(seed);
        let mut arguments = vec!["figures", run.to_str().unwrap(), "--device", "cpu"];
        arguments.extend(["--json", "--seed", seed, "--out", out.to_str().unwrap()]);
        let told: Value = printed_json(arguments);
        (picture(&out.join("samples.png")), told["samples"].clone())
    };
    let (same, scores) = again("0");
    assert!(same == samples && scores == told["samples"]);
    assert!(again("1").1 != scores);
}

#[test]
fn figures_of_no_run_are_refused_in_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let output = stylewalk(["figures", path, "--device", "cpu"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains(path) && said.contains("config.json"),
        "{said}"
    );
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
}

#[test]
fn a_walk_is_a_strip_and_an_animation() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let path = |name: &str| folder.path().join(name);
    let [model, strip, gif] = ["model", "walk.png", "walk.gif"].map(path);
    let [model, strip, gif] = [&model, &strip, &gif].map(|path| path.to_str().unwrap());
    printed([
        "export",
        run.to_str().unwrap(),
        "--out",
        model,
        "--device",
        "cpu",
    ]);
    let [from, to] = ["data/train/0.png", "data/test/1.png"].map(path);
    let mut arguments = vec!["walk", from.to_str().unwrap(), to.to_str().unwrap()];
    arguments.extend(["--steps", "5", "--way", "spherical", "--model", model]);
    arguments.extend(["--out", strip, "--gif", gif, "--json", "--device", "cpu"]);
    let told: Value = printed_json(arguments);
    assert_eq!(told["scores"].as_array().unwrap().len(), 6);
    assert_eq!(picture(Path::new(strip)).dimensions(), (6 * 130 + 2, 132));
    assert!(std::fs::read(gif).unwrap().starts_with(b"GIF89a"));

    let output = stylewalk([
        "walk",
        from.to_str().unwrap(),
        "absent.jpg",
        "--model",
        model,
    ]);
    assert!(stderr(&output).contains("absent.jpg"));
}

#[test]
fn a_run_and_a_model_are_exported_to_onnx_and_nothing_else_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path());
    let [model, onnx] = ["model", "onnx"].map(|name| folder.path().join(name));
    let [run, model, onnx] = [&run, &model, &onnx].map(|path| path.to_str().unwrap());
    let export = |from: &str, out: &str, more: &[&str]| {
        let arguments = ["export", from, "--out", out, "--device", "cpu"];
        stylewalk(arguments.into_iter().chain(more.iter().copied()))
    };
    succeeded(export(run, model, &["--dtype", "f32"]));
    succeeded(export(run, onnx, &["--format", "onnx"]));
    let read = || std::fs::read(Path::new(onnx).join("generator.onnx")).unwrap();
    let from_run = read();
    let told = succeeded(export(model, onnx, &["--format", "onnx", "--json"]));
    let told: Value = serde_json::from_str(&told).unwrap();
    assert_eq!(told["files"][0]["bytes"], from_run.len());
    assert_eq!(read(), from_run);

    for (out, more, why) in [
        (model, vec!["--format", "onnx"], "does not hold ONNX models"),
        (onnx, vec![], "does not hold"),
        (onnx, vec!["--format", "onnx", "--dtype", "int8"], "--dtype"),
    ] {
        let output = export(run, out, &more);
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(&output).contains(why), "{}", stderr(&output));
    }
}
