//! The model in `web/weights`, which the page loads: it decodes, its description is true, and it works.

use bigan::burn::tensor::Device;
use bigan::latent::Kind;
use bigan::pictures::{pack, unpack};
use bigan::{Bigan, ModelCard, SIDE};
use image::{Rgb, RgbImage};
use images::{Limits, psnr};
use machine::root;
use tests::model::sha256;

/// What the page may download for the model, in bytes; what only wishes for a kind need is half a megabyte of it, and the
/// photographs trained on, which come when somebody looks for the nearest, 3 MB.
const DOWNLOAD: u64 = 10_500_000;
/// Of those.
const PHOTOGRAPHS: u64 = 3_000_000;

/// A file beside the page's `index.html`.
fn web(name: &str) -> Vec<u8> {
    let path = root().join("web").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(name: &str) -> Vec<u8> {
    web(&format!("weights/{name}"))
}

fn card() -> ModelCard {
    ModelCard::parse(&read("model.json")).unwrap()
}

fn networks(device: &Device) -> Bigan {
    let card = card();
    let contents: Vec<(&str, Vec<u8>)> = card
        .all_files()
        .map(|file| (file.name.as_str(), read(&file.name)))
        .collect();
    let contents: Vec<(&str, &[u8])> = contents
        .iter()
        .map(|(name, bytes)| (*name, bytes.as_slice()))
        .collect();
    Bigan::load(&card, &contents, device).unwrap()
}

#[test]
fn sizes_and_hashes_are_true() {
    let mut total = 0;
    for file in card().all_files() {
        let bytes = read(&file.name);
        assert_eq!(bytes.len() as u64, file.bytes, "{}", file.name);
        assert_eq!(sha256(&bytes), file.sha256, "{}", file.name);
        total += file.bytes;
    }
    assert!(total > 0 && total < DOWNLOAD, "{total} bytes");
}

#[test]
fn it_ships_the_photographs_that_it_was_trained_on() {
    let card = card();
    let name = "neighbours.safetensors";
    let bytes = read(name);
    assert!(bytes.len() as u64 <= PHOTOGRAPHS, "{} bytes", bytes.len());
    let found = card.neighbours(&[(name, &bytes)]).unwrap();
    let found = found.expect("run `stylewalk neighbours`");
    assert_eq!(found.len() as u64, card.dataset.images);
    for number in [0, found.len() / 2, found.len() - 1] {
        let picture = found.picture(number).unwrap();
        assert_eq!(picture.dimensions(), (SIDE as u32, SIDE as u32));
        // A garment on white.
        assert!(picture.get_pixel(0, 0).0.iter().all(|value| *value > 240));
    }
}

#[test]
fn it_ships_directions_of_colour_and_garments() {
    let card = card();
    let file = card.directions_file().expect("run `stylewalk directions`");
    let bytes = read(&file.name);
    let files = [(file.name.as_str(), bytes.as_slice())];
    let found = card.directions(&files).unwrap().unwrap();
    for kind in [Kind::Colour, Kind::Garment] {
        let all = found.directions.iter().filter(|one| one.kind == kind);
        assert!(all.count() >= 3, "{kind:?}");
    }
    // Better than a coin: what a slider says has to do with what it does.
    for one in &found.directions {
        let least = if one.kind == Kind::Colour { 0.3 } else { 0.55 };
        assert!(one.strength > least, "{}: {}", one.name, one.strength);
    }
}

#[test]
fn the_description_is_complete() {
    let card = card();
    assert!(card.training.steps > 0, "it was never trained");
    assert_eq!(card.training.config.networks, card.networks);
    assert!(!card.dataset.name.is_empty() && !card.dataset.licence.is_empty());
    let evaluation = card.evaluation.expect("it was never evaluated");
    assert!(evaluation.images > 0);
    assert!(evaluation.psnr.is_finite() && evaluation.l2_ratio.is_finite());
    for score in [
        evaluation.score_real,
        evaluation.score_reconstruction,
        evaluation.score_sample,
    ] {
        assert!((0.0..=1.0).contains(&score), "{score}");
    }
}

#[test]
fn the_pages_examples_are_cut_out_and_come_back() {
    let device = Device::flex();
    let card = card();
    let cutout = card.cutout.as_ref().expect("it cuts garments out");
    let file = read(&cutout.file().name);
    let preprocess = card
        .preprocess(&[(cutout.file().name.as_str(), file.as_slice())])
        .unwrap();
    let seen = ["dress", "shirt", "shorts"].map(|name| {
        let photo = web(&format!("examples/{name}.jpg"));
        let photo = images::decode(&photo, &Limits::default()).unwrap();
        let seen = preprocess.see(&photo);
        assert!(matches!(seen.cut, Some(Ok(_))), "{name}: {:?}", seen.cut);
        seen.picture
    });
    let bigan = networks(&device);
    let codes = bigan.encoder.forward(pack(&seen, &device)).mean;
    let made = bigan.generator.forward(codes).into_data();
    let rebuilt = unpack(&made.try_into_vec::<f32>().unwrap(), bigan::SIDE);
    // Networks that never learnt, or were loaded wrong, give one colour or noise.
    let white = RgbImage::from_pixel(SIDE as u32, SIDE as u32, Rgb([255; 3]));
    for (seen, rebuilt) in seen.iter().zip(&rebuilt) {
        let (found, white) = (psnr(seen, rebuilt), psnr(seen, &white));
        assert!(
            found > white + 6.0,
            "{found} dB, and plain white has {white}"
        );
    }
}
