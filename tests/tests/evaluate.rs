//! `stylewalk evaluate` as a person and as a program reads it.

use bigan::{ModelCard, Precision};
use serde_json::{Value, json};
use tests::model::{Model, TINY};
use tests::outfits::draw;
use tests::program::{stderr, stylewalk};

/// What `evaluate` prints for a tiny model on drawn outfits.
fn printed(count: u64, more: &[&str]) -> Result<String, String> {
    let folder = tempfile::tempdir().unwrap();
    let [model, photos] = ["model", "photos"].map(|name| folder.path().join(name));
    Model::drawn(TINY, Precision::F32).write(&model);
    draw(&photos, count);
    let mut arguments = vec!["evaluate", photos.to_str().unwrap()];
    arguments.extend(["--model", model.to_str().unwrap(), "--device", "cpu"]);
    arguments.extend(more);
    let output = stylewalk(arguments);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    output
        .status
        .success()
        .then_some(text)
        .ok_or(stderr(&output))
}

#[test]
fn every_figure_is_a_number_and_goes_into_a_card() {
    let text = printed(6, &["--json"]).unwrap();
    let figures: Value = serde_json::from_str(&text).unwrap();
    for name in [
        "psnr",
        "ssim",
        "ms_ssim",
        "l2_ratio",
        "latent_l2_ratio",
        "diversity",
        "sharpness_reconstruction",
        "sharpness_sample",
        "score_real",
        "score_reconstruction",
        "score_sample",
    ] {
        assert!(figures[name].is_f64(), "{name}: {figures}");
    }
    // Networks that have learnt nothing: nearly one grey picture for every code.
    assert!(figures["diversity"].as_f64().unwrap() < 0.1, "{figures}");
    assert!(
        figures["sharpness_sample"].as_f64().unwrap() < 0.1,
        "{figures}"
    );

    let mut card = Model::drawn(TINY, Precision::F32).card;
    card["evaluation"] = figures.clone();
    let card = ModelCard::parse(card.to_string().as_bytes()).unwrap();
    let again: Value = serde_json::from_str(&card.to_json().unwrap()).unwrap();
    // JSON is read to the last digit but one.
    for (name, figure) in figures.as_object().unwrap() {
        let [read, figure] = [&again["evaluation"][name], figure].map(|f| f.as_f64().unwrap());
        assert!(
            (read - figure).abs() <= 1e-12 * figure.abs(),
            "{name}: {read}"
        );
    }
}

#[test]
fn a_card_from_before_the_newer_figures_is_read() {
    let mut card = Model::drawn(TINY, Precision::F32).card;
    let old = json!({
        "images": 610, "psnr": 17.75, "ssim": 0.32, "l2_ratio": 0.42,
        "score_real": 0.73, "score_reconstruction": 0.7, "score_sample": 0.08
    });
    card["evaluation"] = old.clone();
    let card = ModelCard::parse(card.to_string().as_bytes()).unwrap();
    let again: Value = serde_json::from_str(&card.to_json().unwrap()).unwrap();
    assert_eq!(again["evaluation"], old);
}

#[test]
fn a_person_gets_a_table() {
    let text = printed(3, &[]).unwrap();
    for part in [
        "3 photographs",
        "PSNR",
        "dB",
        "MS-SSIM",
        "diversity",
        "(G(z), z)",
        "%",
    ] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    assert!(!text.contains("NaN"), "{text}");
}

#[test]
fn one_photograph_is_not_enough() {
    let said = printed(1, &[]).unwrap_err();
    assert!(said.contains("photos") && said.contains("two"), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
}
