//! What writing a model does to the folder it goes into.

use bigan::card::Training;
use bigan::latent::{Direction, Directions};
use bigan::weights::Dataset;
use bigan::{NetworkConfig, Precision, TrainerConfig};
use images::Fit;
use std::fs;
use tempfile::TempDir;

use super::*;

/// A small model, with directions or without.
fn model(with_directions: bool) -> (ModelCard, Contents) {
    let networks = NetworkConfig {
        width: 1,
        latent: 2,
        ..NetworkConfig::PAPER
    };
    let training = Training {
        config: TrainerConfig {
            networks,
            ..TrainerConfig::default()
        },
        batch: 1,
        steps: 0,
        seed: 0,
        flips: false,
        device: String::new(),
    };
    let dataset = Dataset {
        name: "nothing".to_owned(),
        licence: "none".to_owned(),
        images: 0,
    };
    let bigan = Bigan::seeded(&networks, 0, &Device::flex());
    let packed = bigan.pack("m".to_owned(), Precision::F32, Fit::Pad, training, dataset);
    let (mut card, files) = pollster::block_on(packed).unwrap();
    let mut contents = owned(files);
    if with_directions {
        let directions = Directions::new(2, 1, Vec::<Direction>::new());
        let (name, bytes) = card.set_directions(&directions).unwrap();
        contents.push((name.to_owned(), bytes));
    }
    (card, contents)
}

fn write(folder: &TempDir, with_directions: bool) -> Result<()> {
    let (card, contents) = model(with_directions);
    save(folder.path(), &card, contents)
}

#[test]
fn a_models_files_are_replaced_and_nobody_elses() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, true).unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("README.md"), "mine").unwrap();
    fs::create_dir(at("photos")).unwrap();
    assert!(at("directions.json").is_file());
    // One without directions: those of the other would be found beside it, but are not its own.
    write(&folder, false).unwrap();
    assert!(!at("directions.json").exists());
    assert_eq!(fs::read(at("README.md")).unwrap(), b"mine");
    assert!(at("photos").is_dir());
    let (card, contents) = read(folder.path()).unwrap();
    card.check(&borrowed(&contents), |_, bytes| sha256(bytes))
        .unwrap();
}

#[test]
fn what_lies_beside_a_model_is_replaced_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["features.json", "classifier.safetensors"]
        .map(|name| (name.to_owned(), name.as_bytes().to_vec()));
    for _ in 0..2 {
        let (mut card, mut contents) = model(true);
        card.set_features(&files);
        contents.extend(files.clone());
        save(folder.path(), &card, contents).unwrap();
    }
    write(&folder, false).unwrap();
    for (name, _) in files {
        assert!(!folder.path().join(name).exists());
    }
}

#[test]
fn a_file_that_only_has_a_models_name_is_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, false).unwrap();
    let mine = folder.path().join("directions.json");
    fs::write(&mine, "the way home").unwrap();
    let told = write(&folder, true).unwrap_err().to_string();
    assert!(
        told.contains("directions.json") && told.contains("move it"),
        "{told}"
    );
    assert_eq!(fs::read(&mine).unwrap(), b"the way home");
    write(&folder, false).unwrap();
    assert!(mine.exists());
}

#[test]
fn another_programs_description_is_no_models() {
    let folder = tempfile::tempdir().unwrap();
    for other in ["{\"format\": 1, \"files\": []}", "not even JSON"] {
        fs::write(folder.path().join(CARD), other).unwrap();
        let told = check_out(folder.path()).unwrap_err().to_string();
        assert!(told.contains(CARD) && told.contains("--out"), "{told}");
        assert!(write(&folder, false).is_err());
        assert_eq!(
            fs::read(folder.path().join(CARD)).unwrap(),
            other.as_bytes()
        );
    }
}

/// A description from elsewhere may name anything.
#[test]
fn only_files_of_a_models_names_go() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, false).unwrap();
    let path = folder.path().join(CARD);
    let mut card: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    card["directions"] = serde_json::json!({ "name": "README.md", "bytes": 1, "sha256": "" });
    fs::write(&path, card.to_string()).unwrap();
    fs::write(folder.path().join("README.md"), "mine").unwrap();
    write(&folder, false).unwrap();
    assert!(folder.path().join("README.md").exists());
}
