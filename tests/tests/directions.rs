//! `stylewalk directions` as a user runs it, on a small model and drawn photographs.

use std::path::{Path, PathBuf};
use std::process::Output;

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

/// Runs `stylewalk directions` on the model, and gives its exit and the names of the directions that the model then has.
fn names(model: &Path, more: &[&str]) -> (Output, Vec<String>) {
    let arguments = ["directions", model.to_str().unwrap(), "--device", "cpu"];
    let output = stylewalk(arguments.into_iter().chain(more.iter().copied()));
    let (card, contents) = card(model);
    let found = card.directions(&borrowed(&contents)).unwrap();
    let found = found.map_or_else(Vec::new, |found| found.directions);
    (output, found.into_iter().map(|one| one.name).collect())
}

#[test]
fn directions_of_the_first_layer_take_no_photographs() {
    let (_desk, model, _) = desk();
    let (told, found) = names(&model, &["--layer", "2"]);
    assert!(told.status.success(), "{}", stderr(&told));
    assert_eq!(found, ["layer 1", "layer 2"]);
    let (_, again) = names(&model, &["--layer", "3"]);
    assert_eq!(again, ["layer 1", "layer 2", "layer 3"]);

    let (refused, left) = names(&model, &["--axes", "2"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        stderr(&refused).contains("--axes") && stderr(&refused).contains("photographs"),
        "{}",
        stderr(&refused)
    );
    assert_eq!(left, again);
    let (refused, _) = names(&model, &[]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("PHOTOS"), "{}", stderr(&refused));
}

#[test]
fn main_axes_stay_beside_what_photographs_tell_and_keep_a_name() {
    let (_desk, model, photos) = desk();
    let photos = photos.to_str().unwrap();
    let (told, found) = names(&model, &[photos, "--least", "6", "--axes", "1"]);
    assert!(told.status.success(), "{}", stderr(&told));
    assert!(found.contains(&"hat".to_owned()), "{found:?}");
    assert_eq!(found.last().unwrap(), "axis 1");

    // Somebody names it, as the page does.
    let (mut named, contents) = card(&model);
    let mut own = named.directions(&borrowed(&contents)).unwrap().unwrap();
    own.directions.last_mut().unwrap().name = "lightness".to_owned();
    let (name, bytes) = named.set_directions(&own).unwrap();
    std::fs::write(model.join(name), bytes).unwrap();
    std::fs::write(model.join("model.json"), named.to_json().unwrap()).unwrap();

    let (told, found) = names(&model, &[photos, "--axes", "1", "--layer", "1"]);
    assert!(told.status.success(), "{}", stderr(&told));
    assert!(!found.contains(&"hat".to_owned()), "too few of them now");
    assert_eq!(found[found.len() - 2..], ["lightness", "layer 1"]);
    assert!(
        !found.contains(&"axis 1".to_owned()),
        "it is there by its name"
    );
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
