//! What runs without Burn computes what Burn's modules do, and its files may come one after the other.

use bigan::burn::tensor::{Device, Tensor, TensorData};
use bigan::latent::Gaussian;
use bigan::weights::{FILES, sha256};
use bigan::{MinibatchConfig, NetworkConfig, Precision, pictures};
use images::{Subject, View};
use inference::{Model, ModelCard, ModelError, RunError};
use pollster::block_on;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use tests::model;

const NETWORKS: NetworkConfig = NetworkConfig {
    width: 4,
    latent: 10,
    ..NetworkConfig::PAPER
};

fn begun(stored: &model::Model) -> Model {
    let card = ModelCard::parse(stored.card.to_string().as_bytes()).unwrap();
    Model::new(card, None).unwrap()
}

fn loaded(stored: &model::Model) -> Model {
    let mut model = begun(stored);
    for (name, bytes) in FILES.iter().zip(&stored.files) {
        model.add(name, bytes, sha256).unwrap();
    }
    model
}

fn drawn() -> Model {
    loaded(&model::Model::drawn(NETWORKS, Precision::F16))
}

fn assert_close<const D: usize>(found: &[f32], expected: Tensor<D>) {
    let expected: Vec<f32> = expected.try_into_vec_as().unwrap();
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() < 1e-4, "{a} and {b}");
    }
}

fn photo(seed: u64) -> Vec<u8> {
    images::png(&outfits::outfit(seed, 100).image)
}

#[test]
fn every_network_in_every_precision_computes_what_the_trained_modules_do() {
    let minibatch = MinibatchConfig {
        kernels: 3,
        dimensions: 2,
    };
    let device = Device::flex();
    for (networks, precision) in [
        (NETWORKS, Precision::F32),
        (NETWORKS, Precision::F16),
        (
            NetworkConfig {
                stochastic: true,
                ..NETWORKS
            },
            Precision::F16,
        ),
        // Large enough that some kernels of each network are stored as int8.
        (
            NetworkConfig {
                width: 12,
                latent: 48,
                ..NETWORKS
            },
            Precision::Int8,
        ),
        (
            NetworkConfig {
                minibatch,
                ..NETWORKS
            },
            Precision::F16,
        ),
        (
            NetworkConfig {
                side: 32,
                ..NETWORKS
            },
            Precision::F32,
        ),
        (
            NetworkConfig {
                side: 128,
                ..NETWORKS
            },
            Precision::F16,
        ),
    ] {
        let stored = model::Model::drawn(networks, precision);
        let modules = stored.load(&device).unwrap();
        let model = loaded(&stored);
        let made = block_on(model.reconstruct(&photo(3), None, Subject::Garment)).unwrap();
        assert_eq!(made.original.width() as usize, networks.side);
        assert_eq!(made.reconstruction.width() as usize, networks.side);
        let x = pictures::pack([&made.original], &device);
        let rebuilt = modules.reconstruct(x);
        assert_close(&made.code, rebuilt.code);
        let judgement = made.judgement.unwrap();
        assert_close(&[judgement.original], rebuilt.probability_real);
        assert_close(
            &[judgement.reconstruction],
            rebuilt.probability_reconstruction,
        );
        let again = block_on(model.judge(&made.original, &made.code)).unwrap();
        assert_eq!(again, judgement);
        // More than go through the networks at a time.
        let samples = block_on(model.sample(5, 18)).unwrap();
        let codes: Vec<f32> = samples
            .iter()
            .flat_map(|sample| sample.code.clone())
            .collect();
        let probabilities = samples.iter().map(|sample| sample.probability.unwrap());
        let z = Tensor::from_data(
            TensorData::new(codes.clone(), [18, networks.latent]),
            &device,
        );
        let sampled = modules.sample(z);
        assert_close(&probabilities.collect::<Vec<_>>(), sampled.probability);
        assert_close(&block_on(model.generate(&codes)).unwrap(), sampled.picture);
    }
}

/// What a page shows before D has come, and without it.
#[test]
fn pictures_come_without_a_discriminator_and_probabilities_with_it() {
    let stored = model::Model::drawn(NETWORKS, Precision::F16);
    let mut model = begun(&stored);
    let look = |model: &Model| block_on(model.reconstruct(&photo(3), None, Subject::Garment));
    for part in [1, 0] {
        assert!(!model.rebuilds());
        let error = look(&model).unwrap_err();
        assert!(matches!(error, RunError::NotYet(_)), "{error}");
        model.add(FILES[part], &stored.files[part], sha256).unwrap();
    }
    assert!(model.rebuilds() && !model.judges());
    let early = look(&model).unwrap();
    assert_eq!(early.judgement, None);
    assert_eq!(block_on(model.sample(1, 1)).unwrap()[0].probability, None);
    let judged = block_on(model.judge(&early.original, &early.code));
    assert!(matches!(judged, Err(RunError::NotYet("discriminator"))));

    let mut damaged = stored.files[2].clone();
    damaged[300] ^= 1;
    let error = model.add(FILES[2], &damaged, sha256).unwrap_err();
    assert!(matches!(error, ModelError::FileHash { .. }), "{error}");
    assert!(!model.judges());
    let error = model
        .add("trousers.safetensors", &damaged, sha256)
        .unwrap_err();
    assert!(error.to_string().contains("trousers"), "{error}");

    model.add(FILES[2], &stored.files[2], sha256).unwrap();
    let late = look(&model).unwrap();
    assert_eq!(late.reconstruction, early.reconstruction);
    let judged = block_on(model.judge(&early.original, &early.code)).unwrap();
    assert_eq!(late.judgement, Some(judged));
    assert!(
        block_on(model.sample(1, 1)).unwrap()[0]
            .probability
            .is_some()
    );
}

#[test]
fn a_photograph_comes_back_with_its_code_and_figures() {
    let made = block_on(drawn().reconstruct(&photo(3), None, Subject::Garment)).unwrap();
    assert_eq!(made.original.dimensions(), (64, 64));
    assert_eq!(made.reconstruction.dimensions(), (64, 64));
    assert_eq!(made.code.len(), 10);
    let judgement = made.judgement.unwrap();
    for probability in [judgement.original, judgement.reconstruction] {
        assert!(probability > 0.0 && probability < 1.0, "{probability}");
    }
    let psnr = images::psnr(&made.original, &made.reconstruction);
    assert_eq!(made.psnr, psnr);
}

#[test]
fn a_pinned_photograph_has_the_code_and_picture_of_its_reconstruction() {
    let model = drawn();
    let made = block_on(model.reconstruct(&photo(4), None, Subject::Garment)).unwrap();
    let pinned = block_on(model.embed(&photo(4), Subject::Garment)).unwrap();
    assert_eq!(pinned.code, made.code);
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
    let made = block_on(drawn().reconstruct(&file, Some(&view), Subject::Garment)).unwrap();
    assert_eq!(made.original, view.of(&photo), "64 of 128 pixels");
}

#[test]
fn samples_follow_their_seed() {
    let model = drawn();
    let draw = |seed, count| block_on(model.sample(seed, count)).unwrap();
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
    let stored = model::Model::drawn(NETWORKS, Precision::F16);
    let text = stored.card.to_string();
    let mut card: ModelCard = ModelCard::parse(text.as_bytes()).unwrap();
    let photographs: Vec<f32> = (0..300u16)
        .map(|value| f32::from(value * value % 307) / 307.0)
        .collect();
    let gaussian = Gaussian::of(&photographs, 10).unwrap();
    let (name, bytes) = card.set_codes(&gaussian.clone().into()).unwrap();
    let mut model = Model::new(card, None).unwrap();
    model.add(name, &bytes, sha256).unwrap();
    model.add(FILES[0], &stored.files[0], sha256).unwrap();
    let drawn_codes = |seed| {
        let samples = block_on(model.sample_like(seed, 3)).unwrap();
        let codes = samples.into_iter().flat_map(|sample| sample.code);
        codes.collect::<Vec<f32>>()
    };
    let expected = gaussian.draw(&mut ChaCha8Rng::seed_from_u64(1), 3);
    assert_eq!(drawn_codes(1), expected);
    assert_ne!(drawn_codes(2), expected);
    let error = block_on(model.sample_like(1, 65)).unwrap_err();
    assert!(matches!(error, RunError::TooMany(65)));
    let error = block_on(drawn().sample_like(1, 3)).unwrap_err();
    assert!(matches!(error, RunError::NoPhotographs));
}

#[test]
fn requests_that_make_no_sense_are_sentences() {
    let model = drawn();
    let error = block_on(model.sample(1, 65)).unwrap_err();
    assert!(error.to_string().contains("at most 64"), "{error}");
    let error = block_on(model.decode(&[0.0; 7], false)).unwrap_err();
    assert!(matches!(error, RunError::NoCodes(7, 10)), "{error}");
    let text = b"Trousers, shirt, hat.";
    let error = block_on(model.reconstruct(text, None, Subject::Garment)).unwrap_err();
    assert!(matches!(error, RunError::Photo(_)), "{error}");
}
