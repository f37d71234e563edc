//! `stylewalk neighbours` and `stylewalk nearest` as a user runs them, on a small model and drawn photographs.

use std::path::{Path, PathBuf};

use bigan::{ModelCard, Precision};
use serde_json::Value;
use tempfile::TempDir;
use tests::model::{Model, TINY};
use tests::program::{printed, stderr, stylewalk};

const FILE: &str = "neighbours.safetensors";

/// A model with the drawn outfits of `photos/train` beside it.
fn desk() -> (TempDir, PathBuf, PathBuf) {
    let desk = tempfile::tempdir().unwrap();
    let (model, photos) = (desk.path().join("model"), desk.path().join("photos"));
    Model::drawn(TINY, Precision::F16).write(&model);
    let drawn = ["data", "draw", text(&photos), "--count", "40"];
    printed(drawn.into_iter().chain(["--test-share", "0.25"]));
    (desk, model, photos)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn put(model: &Path, photos: &Path) -> String {
    printed(["neighbours", text(model), text(photos), "--device", "cpu"])
}

/// The pictures in a folder, whatever folders they lie in, in the order in which they are read.
fn pictures(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(pictures(&path)),
            false => all.push(path),
        }
    }
    all.sort();
    all
}

#[test]
fn a_photograph_trained_on_is_its_own_nearest() {
    let (desk, model, photos) = desk();
    let weights = std::fs::read(model.join("encoder.safetensors")).unwrap();
    let told = put(&model, &photos);
    assert!(told.contains("30 of 30 photographs"), "{told}");
    let card = ModelCard::parse(&std::fs::read(model.join("model.json")).unwrap()).unwrap();
    assert!(card.all_files().any(|file| file.name == FILE));
    assert_eq!(
        std::fs::read(model.join("encoder.safetensors")).unwrap(),
        weights
    );

    let trained_on = pictures(&photos.join("train"));
    let out = desk.path().join("nearest.png");
    for number in [0, 17] {
        let photo = text(&trained_on[number]);
        let asked = ["nearest", text(&model), photo, "--count", "3", "--json"];
        let found = printed(
            asked
                .into_iter()
                .chain(["--out", text(&out), "--device", "cpu"]),
        );
        let found: Value = serde_json::from_str(&found).unwrap();
        assert_eq!(found["numbers"][0], number, "{found}");
        let distances: Vec<f64> = serde_json::from_value(found["distances"].clone()).unwrap();
        assert!(distances.is_sorted() && distances.len() == 3, "{found}");
        // Not zero: codes are stored as f16.
        assert!(distances[0] < 0.1 * distances[1], "{found}");
    }
    // The photograph, its reconstruction and three others, twice as large, with 4 pixels between them.
    let drawn = image::open(out).unwrap();
    assert_eq!((drawn.width(), drawn.height()), (4 + 5 * 132, 4 + 132));

    // A second run replaces the file, and storing the model again keeps it.
    let first = std::fs::read(model.join(FILE)).unwrap();
    put(&model, &photos);
    assert_eq!(std::fs::read(model.join(FILE)).unwrap(), first);
    let again = desk.path().join("again");
    let export = ["export", text(&model), "--out", text(&again)];
    printed(
        export
            .into_iter()
            .chain(["--dtype", "f32", "--device", "cpu"]),
    );
    assert_eq!(std::fs::read(again.join(FILE)).unwrap(), first);
}

#[test]
fn a_damaged_file_is_named_and_a_missing_one_says_what_makes_it() {
    let (_desk, model, photos) = desk();
    let photo = pictures(&photos.join("test"))[0].clone();
    let nearest = || {
        let told = stylewalk(["nearest", text(&model), text(&photo), "--device", "cpu"]);
        assert_eq!(told.status.code(), Some(1));
        stderr(&told)
    };
    let said = nearest();
    assert!(said.contains("stylewalk neighbours"), "{said}");

    put(&model, &photos);
    let path = model.join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let said = nearest();
    assert!(said.contains(FILE) && said.contains("damaged"), "{said}");
    std::fs::remove_file(&path).unwrap();
    let said = nearest();
    assert!(said.contains(FILE), "{said}");
}
