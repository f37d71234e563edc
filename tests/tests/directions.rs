//! `stylewalk directions` as a user runs it, on a small model and drawn photographs.

use std::path::{Path, PathBuf};

use bigan::{ModelCard, ModelError, Precision};
use image::{Rgb, RgbImage};
use serde_json::Value;
use tempfile::TempDir;
use tests::model::{Model, TINY};
use tests::program::{stderr, stylewalk};

/// A model, and photographs: light hats and dark shoes.
fn desk() -> (TempDir, PathBuf, PathBuf) {
    let desk = tempfile::tempdir().unwrap();
    let (model, photos) = (desk.path().join("model"), desk.path().join("photos"));
    Model::drawn(TINY, Precision::F16).write(&model);
    for (label, light) in [("hat", 200), ("shoes", 30)] {
        std::fs::create_dir_all(photos.join(label)).unwrap();
        for number in 0..6u8 {
            let colour = Rgb([light + 4 * number, light, light + 2 * number]);
            let photo = RgbImage::from_pixel(64, 64, colour);
            photo
                .save(photos.join(label).join(format!("{number}.png")))
                .unwrap();
        }
    }
    (desk, model, photos)
}

fn card(model: &Path) -> (ModelCard, Vec<(String, Vec<u8>)>) {
    let card = ModelCard::parse(&std::fs::read(model.join("model.json")).unwrap()).unwrap();
    let files = card.files().iter().chain(card.directions_file());
    let contents = files.map(|file| {
        let bytes = std::fs::read(model.join(&file.name)).unwrap();
        (file.name.clone(), bytes)
    });
    let contents = contents.collect();
    (card, contents)
}

fn borrowed(contents: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    let all = contents.iter();
    all.map(|(name, bytes)| (name.as_str(), bytes.as_slice()))
        .collect()
}

#[test]
fn a_model_gets_directions_and_a_second_run_replaces_them() {
    let (_desk, model, photos) = desk();
    let (before, weights) = card(&model);
    assert!(before.directions(&borrowed(&weights)).unwrap().is_none());
    let arguments = || {
        let paths = [model.to_str().unwrap(), photos.to_str().unwrap()];
        let mut arguments = vec!["directions", paths[0], paths[1], "--json"];
        arguments.extend(["--least", "6", "--device", "cpu"]);
        stylewalk(arguments)
    };
    let told = arguments();
    assert!(told.status.success(), "{}", stderr(&told));
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["images"], 12);

    let (after, contents) = card(&model);
    let found = after.directions(&borrowed(&contents)).unwrap().unwrap();
    let names: Vec<&str> = found.directions.iter().map(|d| d.name.as_str()).collect();
    assert!(
        names.contains(&"brightness") && names.contains(&"hat"),
        "{names:?}"
    );
    assert_eq!(found.latent, TINY.latent);
    assert_eq!(contents[..3], weights[..], "weights stay as they are");

    assert!(arguments().status.success());
    assert_eq!(card(&model).1, contents);
}

#[test]
fn damaged_directions_are_refused_like_damaged_weights() {
    let (_desk, model, photos) = desk();
    let paths = [model.to_str().unwrap(), photos.to_str().unwrap()];
    let made = stylewalk(["directions", paths[0], paths[1], "--device", "cpu"]);
    assert!(made.status.success(), "{}", stderr(&made));
    let (card, mut contents) = card(&model);
    let last = contents.last_mut().unwrap();
    let middle = last.1.len() / 2;
    last.1[middle] ^= 1;
    let error = card.directions(&borrowed(&contents)).unwrap_err();
    assert!(matches!(error, ModelError::FileHash { .. }), "{error}");
    contents.pop();
    let error = card.directions(&borrowed(&contents)).unwrap_err();
    assert!(matches!(error, ModelError::FileMissing { .. }), "{error}");
}

#[test]
fn photographs_that_are_all_alike_have_no_direction() {
    let (desk, model, _) = desk();
    let photos = desk.path().join("same");
    std::fs::create_dir_all(&photos).unwrap();
    for number in 0..3 {
        let photo = RgbImage::from_pixel(64, 64, Rgb([90; 3]));
        photo.save(photos.join(format!("{number}.png"))).unwrap();
    }
    let paths = [model.to_str().unwrap(), photos.to_str().unwrap()];
    let output = stylewalk(["directions", paths[0], paths[1], "--device", "cpu"]);
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        said.contains("no direction") && said.contains(paths[1]),
        "{said}"
    );
}
