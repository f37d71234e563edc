//! Pictures to train on, as the page makes them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use images::Fit;
use inference::weights::Dataset;
use inference::{ModelCard, NetworkConfig, Precision};
use viewer::Preparation;

#[test]
fn pictures_to_train_on_are_prepared_as_the_model_sees_them() {
    let dataset = Dataset {
        name: "nothing".to_owned(),
        licence: "CC0-1.0".to_owned(),
        images: 0,
    };
    let card = ModelCard::new(
        "untrained".to_owned(),
        NetworkConfig::PAPER,
        Precision::F16,
        Fit::Pad,
        serde_json::Value::Null,
        dataset,
        &[Vec::new(), Vec::new(), Vec::new()],
    );
    let json = card.to_json().unwrap();
    let preparation = Preparation::new(json.as_bytes(), &[]).unwrap();
    let outfit = outfits::outfit(7, 100).image;
    let prepared = preparation.picture(&images::png(&outfit)).unwrap();
    assert_eq!(prepared.picture, images::square(&outfit, 64, Fit::Pad));
    assert_eq!(prepared.cut, None);
    assert!(preparation.picture(b"trousers").is_err());
    let drawn = [0, 1].map(|seed| outfits::outfit(seed, 64).image.into_raw());
    assert_eq!(preparation.drawn(0, 2), drawn.concat());
}
