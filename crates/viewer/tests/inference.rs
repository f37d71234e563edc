//! The page's work, run natively on a small untrained model.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot go on should stop where it is"
)]

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::card::Training;
use bigan::cutout::{
    CutoutCard, CutoutConfig, CutoutDescription, CutoutTrainer, CutoutTrainerConfig, CutoutTraining,
};
use bigan::latent::Gaussian;
use bigan::weights::{Dataset, sha256};
use bigan::{Bigan, MinibatchConfig, ModelCard, NetworkConfig, Precision, TrainerConfig, pictures};
use images::{Fit, Subject, View};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use viewer::{Inference, ModelFiles, Preparation, ViewerError};
use web::{NamedFile, borrowed};

const NETWORKS: NetworkConfig = NetworkConfig {
    width: 4,
    latent: 10,
    ..NetworkConfig::PAPER
};

/// `model.json` and weight files of networks with random weights.
fn model(networks: NetworkConfig) -> (String, Vec<NamedFile>) {
    let training = Training {
        config: TrainerConfig {
            networks,
            ..Default::default()
        },
        batch: 1,
        steps: 0,
        seed: 1,
        flips: false,
        device: "none".to_owned(),
    };
    let bigan = Bigan::seeded(&networks, 1, &Device::flex());
    let packing = ModelCard::pack(
        &bigan,
        "untrained".to_owned(),
        Precision::F16,
        Fit::Pad,
        training,
        nothing(),
    );
    let (card, files) = pollster::block_on(packing).unwrap();
    let files = files.into_iter();
    let named = files.map(|(name, bytes)| (name.to_owned(), bytes));
    (card.to_json().unwrap(), named.collect())
}

fn files(networks: NetworkConfig) -> ModelFiles {
    let (json, files) = model(networks);
    ModelFiles::new(json.as_bytes(), files).unwrap()
}

/// A network that cuts out, which nobody trained.
fn cutout() -> (CutoutCard, Vec<u8>) {
    let config = CutoutTrainerConfig {
        network: CutoutConfig { width: 2 },
        learning_rate: 1e-3,
        steps: 0,
        batch: 1,
        seed: 0,
    };
    let description = CutoutDescription {
        name: "untrained".to_owned(),
        training: CutoutTraining {
            config,
            steps: 0,
            device: "none".to_owned(),
        },
        dataset: nothing(),
        test: None,
    };
    let network = CutoutTrainer::new(config, &Device::flex()).network();
    pollster::block_on(CutoutCard::pack(&network, description, Precision::Int8)).unwrap()
}

fn nothing() -> Dataset {
    Dataset {
        name: "nothing".to_owned(),
        licence: "CC0-1.0".to_owned(),
        images: 0,
    }
}

fn load() -> Inference {
    Inference::load(&files(NETWORKS), Device::flex()).unwrap()
}

fn assert_close<const D: usize>(found: &[f32], expected: Tensor<D>) {
    let expected: Vec<f32> = expected.try_into_vec_as().unwrap();
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-4, "{a} and {b}");
    }
}

#[test]
fn our_own_code_computes_what_the_trained_modules_do() {
    for networks in [
        NETWORKS,
        NetworkConfig {
            width: 3,
            stochastic: true,
            ..NETWORKS
        },
    ] {
        let files = files(networks);
        let modules = files.networks(&Device::flex()).unwrap();
        let model = Inference::load(&files, Device::flex()).unwrap();
        assert!(model.networks().is_none(), "computed by our own code");
        let photo = images::png(&outfits::outfit(3, 100).image);
        let made = pollster::block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap();
        let x = pictures::pack([&made.original], &Device::flex());
        let rebuilt = modules.reconstruct(x);
        assert_close(&made.latent, rebuilt.code);
        let judged = [made.probability_original, made.probability].map(Option::unwrap);
        assert_close(&judged[..1], rebuilt.probability_real);
        assert_close(&judged[1..], rebuilt.probability_reconstruction);
        let again = pollster::block_on(model.judge(&made.original, &made.latent)).unwrap();
        assert_eq!(again, judged);
        // More than go through the networks at a time.
        let samples = pollster::block_on(model.sample(5, 18)).unwrap();
        let codes: Vec<f32> = samples
            .iter()
            .flat_map(|sample| sample.code.clone())
            .collect();
        let probabilities: Vec<f32> = samples
            .iter()
            .map(|sample| sample.probability.unwrap())
            .collect();
        let z = Tensor::from_data(TensorData::new(codes.clone(), [18, 10]), &Device::flex());
        let sampled = modules.sample(z);
        assert_close(&probabilities, sampled.probability);
        let pictures = pollster::block_on(model.generate(codes)).unwrap();
        assert_close(&pictures, sampled.picture);
    }
}

#[test]
fn networks_with_layers_of_burns_alone_are_burns() {
    let minibatch = MinibatchConfig {
        kernels: 3,
        dimensions: 2,
    };
    let files = files(NetworkConfig {
        minibatch,
        ..NETWORKS
    });
    let model = Inference::load(&files, Device::flex()).unwrap();
    assert!(model.networks().is_some());
    assert_eq!(pollster::block_on(model.sample(1, 2)).unwrap().len(), 2);
}

#[test]
fn a_photograph_comes_back_with_its_code_and_figures() {
    let photo = images::png(&outfits::outfit(3, 100).image);
    let made = pollster::block_on(load().reconstruct(&photo, None, Subject::Garment)).unwrap();
    assert_eq!(made.original.dimensions(), (64, 64));
    assert_eq!(made.reconstruction.dimensions(), (64, 64));
    assert_eq!(made.latent.len(), 10);
    assert!(made.latent.iter().all(|value| value.is_finite()));
    for probability in [made.probability, made.probability_original].map(Option::unwrap) {
        assert!(probability > 0.0 && probability < 1.0, "{probability}");
    }
    assert_eq!(
        made.psnr,
        images::psnr(&made.original, &made.reconstruction)
    );
}

/// What the page shows before D has come, and without it.
#[test]
fn pictures_come_without_a_discriminator_and_probabilities_with_it() {
    let (json, files) = model(NETWORKS);
    let (before, [discriminator]) = files.split_at(2) else {
        panic!("a model has three files");
    };
    let mut model = ModelFiles::begin(json.as_bytes()).unwrap();
    assert!(Inference::load(&model, Device::flex()).is_err());
    for (name, bytes) in before.iter().rev() {
        assert!(!model.rebuilds(), "{name} is still to come");
        model.add(name, bytes.clone(), &sha256(bytes)).unwrap();
    }
    assert!(model.rebuilds() && !model.judges());
    let photo = images::png(&outfits::outfit(3, 100).image);
    let look = |model: &ModelFiles| {
        let model = Inference::load(model, Device::flex()).unwrap();
        let made = pollster::block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap();
        let judged = pollster::block_on(model.judge(&made.original, &made.latent));
        let sample = pollster::block_on(model.sample(1, 1)).unwrap().remove(0);
        (made, judged, sample)
    };
    let (early, judged, sample) = look(&model);
    assert_eq!(
        (early.probability, early.probability_original),
        (None, None)
    );
    assert_eq!(sample.probability, None);
    assert!(matches!(judged, Err(ViewerError::NoJudge)));
    let (name, bytes) = discriminator;
    model.add(name, bytes.clone(), &sha256(bytes)).unwrap();
    let (late, judged, sample) = look(&model);
    assert_eq!(late.reconstruction, early.reconstruction);
    let judged = judged.unwrap().map(Some);
    assert_eq!(judged, [late.probability_original, late.probability]);
    assert!(sample.probability.is_some());
}

#[test]
fn pictures_to_train_on_are_prepared_as_the_model_sees_them() {
    let (json, files) = model(NETWORKS);
    let preparation = Preparation::new(json.as_bytes(), &borrowed(&files)).unwrap();
    let outfit = outfits::outfit(7, 100).image;
    let prepared = preparation.picture(&images::png(&outfit)).unwrap();
    assert_eq!(prepared.picture, images::square(&outfit, 64, Fit::Pad));
    assert_eq!(prepared.cut, None);
    assert!(preparation.picture(b"trousers").is_err());
    let drawn = [0, 1].map(|seed| outfits::outfit(seed, 64).image.into_raw());
    assert_eq!(preparation.drawn(0, 2), drawn.concat());

    let (cutout, weights) = cutout();
    let mut card = ModelCard::parse(json.as_bytes()).unwrap();
    let file = [(cutout.file().name.clone(), weights)];
    card.cutout = Some(cutout);
    let json = card.to_json().unwrap();
    let garments = Preparation::new(json.as_bytes(), &borrowed(&file)).unwrap();
    let prepared = garments.picture(&images::png(&outfit)).unwrap();
    assert!(prepared.cut.is_some(), "a garment was looked for");
    let on_white = outfits::outfit_on_white(0, 64).image.into_raw();
    assert_eq!(garments.drawn(0, 1), on_white);
}

#[test]
fn a_pinned_photograph_has_the_code_and_picture_of_its_reconstruction() {
    let photo = images::png(&outfits::outfit(4, 100).image);
    let model = load();
    let made = pollster::block_on(model.reconstruct(&photo, None, Subject::Garment)).unwrap();
    let pinned = pollster::block_on(model.embed(&photo, Subject::Garment)).unwrap();
    assert_eq!(pinned.code, made.latent);
    assert_eq!(pinned.picture, made.reconstruction);
}

#[test]
fn a_part_of_a_photograph_is_a_photograph() {
    let photo = outfits::outfit(5, 128).image;
    let file = images::png(&photo);
    let view = View {
        turns: 2,
        left: 0.25,
        top: 0.5,
        side: 0.5,
    };
    let made =
        pollster::block_on(load().reconstruct(&file, Some(&view), Subject::Garment)).unwrap();
    assert_eq!(made.original, view.of(&photo), "64 of 128 pixels");
}

#[test]
fn samples_follow_their_seed() {
    let model = load();
    let draw = |seed, count| pollster::block_on(model.sample(seed, count)).unwrap();
    let (first, again, other) = (draw(1, 3), draw(1, 3), draw(2, 3));
    assert_eq!(first.len(), 3);
    assert!(first.iter().all(|sample| sample.code.len() == 10));
    for (a, b) in first.iter().zip(&again) {
        assert_eq!(a.image, b.image);
        assert_eq!(a.probability, b.probability);
    }
    assert_ne!(first[0].image, first[1].image);
    assert_ne!(first[0].image, other[0].image);
    assert!(draw(1, 0).is_empty());
}

#[test]
fn samples_like_photographs_have_codes_like_theirs() {
    let (json, mut files) = model(NETWORKS);
    let mut card = ModelCard::parse(json.as_bytes()).unwrap();
    let photographs: Vec<f32> = (0..300u16)
        .map(|value| f32::from(value * value % 307) / 307.0)
        .collect();
    let gaussian = Gaussian::of(&photographs, 10).unwrap();
    let (name, bytes) = card.set_codes(&gaussian).unwrap();
    files.push((name.to_owned(), bytes));
    let files = ModelFiles::new(card.to_json().unwrap().as_bytes(), files).unwrap();
    let model = Inference::load(&files, Device::flex()).unwrap();
    let drawn = |seed| {
        let samples = pollster::block_on(model.sample_like(seed, 3)).unwrap();
        samples
            .into_iter()
            .flat_map(|sample| sample.code)
            .collect::<Vec<f32>>()
    };
    let expected = gaussian.draw(&mut ChaCha8Rng::seed_from_u64(1), 3);
    assert_eq!(drawn(1), expected);
    assert_ne!(drawn(2), expected);
    let error = pollster::block_on(model.sample_like(1, 65)).unwrap_err();
    assert!(matches!(error, ViewerError::TooMany(65)));
    let error = pollster::block_on(load().sample_like(1, 3)).unwrap_err();
    assert!(matches!(error, ViewerError::NoPhotographs));
}

#[test]
fn too_many_samples_are_refused() {
    let error = pollster::block_on(load().sample(1, 65)).unwrap_err();
    assert!(matches!(error, ViewerError::TooMany(65)));
    assert!(error.to_string().contains("at most 64"), "{error}");
}

#[test]
fn what_is_no_photograph_is_an_error_of_the_photograph() {
    let error =
        pollster::block_on(load().reconstruct(b"Trousers, shirt, hat.", None, Subject::Garment))
            .unwrap_err();
    assert!(matches!(error, ViewerError::Photo(_)), "{error}");
}

#[test]
fn a_damaged_model_is_an_error_of_the_model() {
    let (json, mut files) = model(NETWORKS);
    if let Some(last) = files[1].1.last_mut() {
        *last ^= 1;
    }
    let error = ModelFiles::new(json.as_bytes(), files).unwrap_err();
    assert!(matches!(error, ViewerError::Model(_)), "{error}");
    assert!(error.to_string().contains("encoder.safetensors"), "{error}");
}
