//! H: its sizes, its gradient, and the files it comes from.

use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor};
use images::Fit;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use pollster::block_on;

use super::{
    Accuracy, AlexNetConfig, ClassifierConfig, ClassifierDescription, ClassifierTrainer,
    ClassifierTrainerConfig, ClassifierTraining, Features, FeaturesCard,
};
use crate::pictures::tensor;
use crate::weights::{Dataset, Precision};
use crate::{SIDE, random};

/// The smallest network that still has every layer.
const TINY: AlexNetConfig = AlexNetConfig { width: 2 };

fn alexnet() -> Features {
    Features::seeded_alexnet(&TINY, 5, &Device::flex())
}

fn pictures(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    random::uniform(&mut rng, count * 3 * SIDE * SIDE)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

#[test]
fn rows_have_length_one_and_differ_from_picture_to_picture() {
    let rows = alexnet().forward(tensor(pictures(2), SIDE, &Device::flex()));
    assert_eq!(rows.dims(), [2, 8 * 36]);
    let values = values(rows);
    let (first, second) = values.split_at(8 * 36);
    let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    assert!((dot(first, first) - 1.0).abs() < 1e-5);
    assert!((dot(second, second) - 1.0).abs() < 1e-5);
    assert!(dot(first, second) < 0.999, "{}", dot(first, second));
}

#[test]
fn activations_are_the_means_over_positions() {
    let x = tensor(pictures(2), SIDE, &Device::flex());
    let pool5 = values(alexnet().feature_map(x.clone()));
    let means = pool5
        .chunks_exact(36)
        .map(|places| places.iter().sum::<f32>() / 36.0);
    let found = values(alexnet().activations(x));
    assert_eq!(found.len(), 16);
    for (found, expected) in found.into_iter().zip(means) {
        assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
    }
}

/// The gradient along a direction against a difference of two forward passes.
#[test]
fn the_picture_gets_the_gradient_and_the_network_none() {
    let device = Device::flex();
    let features = alexnet();
    let base = pictures(1);
    let target = features.forward(tensor(pictures(2), SIDE, &device).narrow(0, 1, 1));
    let loss = |x: Tensor<4>| {
        let difference = features.forward(x) - target.clone();
        (difference.clone() * difference).sum()
    };

    let x = tensor(base.clone(), SIDE, &device)
        .autodiff()
        .require_grad();
    let mut gradients = loss(x.clone()).backward();
    let gradient = values(x.grad(&gradients).unwrap());
    let inside = GradientsParams::from_module(&mut gradients, &features);
    assert!(inside.is_empty(), "H has {} gradients", inside.len());

    // Along the gradient itself, where the slope is its length.
    let length = gradient.iter().map(|g| g * g).sum::<f32>().sqrt();
    assert!(length > 1e-4, "{length}");
    let along = |step: f32| {
        let moved = base
            .iter()
            .zip(&gradient)
            .map(|(x, g)| x + step * g / length);
        loss(tensor(moved.collect(), SIDE, &device)).into_scalar::<f32>()
    };
    let step = 0.02;
    let slope = (along(step) - along(-step)) / (2.0 * step);
    // Kinks of ReLU and pooling between the two points bend the difference a little.
    assert!(
        (slope / length - 1.0).abs() < 0.05,
        "{slope} is not {length}"
    );
}

#[test]
fn an_empty_picture_has_a_gradient_that_is_a_number() {
    let features = Features::AlexNet(TINY.init(&Device::flex())).frozen();
    let x = tensor(pictures(1), SIDE, &Device::flex())
        .autodiff()
        .require_grad();
    let rows = features.forward(x.clone());
    assert!(values(rows.clone()).iter().all(|value| *value == 0.0));
    let gradients = rows.sum().backward();
    let gradient = values(x.grad(&gradients).unwrap());
    assert!(gradient.iter().all(|value| value.is_finite()));
}

/// Red pictures and blue ones, noisy: a class each.
fn two_kinds(count: usize, device: &Device) -> (Tensor<4>, Vec<usize>) {
    let plane = SIDE * SIDE;
    let mut all = pictures(count);
    let labels: Vec<usize> = (0..count).map(|index| index % 2).collect();
    for (picture, label) in all.chunks_exact_mut(3 * plane).zip(&labels) {
        let bright = 2 * label * plane;
        picture[bright..bright + plane]
            .iter_mut()
            .for_each(|value| *value = 0.5 + *value / 2.0);
    }
    (tensor(all, SIDE, device), labels)
}

fn config(steps: u64) -> ClassifierTrainerConfig {
    ClassifierTrainerConfig {
        network: ClassifierConfig { width: 2 },
        classes: 2,
        learning_rate: 5e-3,
        steps,
        batch: 8,
        seed: 4,
    }
}

/// Takes steps until there are `steps` of them.
fn train(trainer: &mut ClassifierTrainer, steps: u64) {
    let (pictures, labels) = two_kinds(8, &Device::flex());
    while trainer.steps() < steps {
        trainer.step(pictures.clone(), &labels);
    }
}

fn trained(steps: u64) -> ClassifierTrainer {
    let mut trainer = ClassifierTrainer::new(config(steps), &Device::flex());
    train(&mut trainer, steps);
    trainer
}

#[test]
fn a_classifier_that_stopped_goes_on_as_if_it_had_not() {
    let device = Device::flex();
    let mut first = ClassifierTrainer::new(config(6), &device);
    train(&mut first, 4);
    let files = block_on(first.checkpoint("two kinds")).unwrap();
    let files: Vec<(&str, &[u8])> = files.iter().map(|(n, b)| (*n, b.as_slice())).collect();
    let resume =
        |steps, photographs| ClassifierTrainer::resume(config(steps), photographs, &files, &device);
    let mut again = resume(6, "two kinds").unwrap();
    assert_eq!(again.steps(), 4);
    train(&mut again, 6);
    assert_eq!(
        block_on(again.checkpoint("two kinds")).unwrap(),
        block_on(trained(6).checkpoint("two kinds")).unwrap()
    );
    let error = resume(7, "two kinds").unwrap_err().to_string();
    assert!(error.contains("other settings"), "{error}");
    let error = resume(6, "others").unwrap_err().to_string();
    assert!(error.contains("other photographs"), "{error}");
}

#[test]
fn a_classifier_learns_and_the_same_seed_learns_the_same() {
    let device = Device::flex();
    let (pictures, labels) = two_kinds(8, &device);
    let loss = |steps| {
        let mut trainer = trained(steps);
        trainer.step(pictures.clone(), &labels).into_scalar::<f32>()
    };
    let (first, last) = (loss(0), loss(30));
    // Labels with a tenth of doubt cannot be answered with less than 0.199.
    assert!(first > 0.4 && last < 0.3, "{first} became {last}");
    assert_eq!(last, loss(30));
}

#[test]
fn a_trained_classifier_is_frozen_as_h() {
    let device = Device::flex();
    let features = Features::classifier(trained(3).network());
    let x = tensor(pictures(2), SIDE, &device).autodiff().require_grad();
    let rows = features.forward(x.clone());
    assert_eq!(rows.dims(), [2, 8 * 16]);
    // A sum of squares would be 1 whatever the picture.
    let mut gradients = rows.sum().backward();
    let gradient = values(x.grad(&gradients).unwrap());
    assert!(gradient.iter().any(|value| value.abs() > 1e-6));
    assert!(GradientsParams::from_module(&mut gradients, &features).is_empty());
    assert_eq!(
        features
            .activations(tensor(pictures(2), SIDE, &device))
            .dims(),
        [2, 8]
    );
}

#[test]
fn a_frozen_classifier_computes_what_it_did() {
    let network = trained(3).network();
    let frozen = network.frozen();
    let x = tensor(pictures(2), SIDE, &Device::flex());
    let [map, logits] = [
        (network.forward(x.clone()) - frozen.forward(x.clone())).flatten(0, 3),
        (network.logits(x.clone()) - frozen.logits(x)).flatten(0, 1),
    ]
    .map(|apart: Tensor<1>| apart.abs().max().into_scalar::<f32>());
    assert!(map < 1e-4 && logits < 1e-4, "{map} {logits}");
}

#[test]
fn a_packed_classifier_comes_back_and_a_damaged_one_is_named() {
    let device = Device::flex();
    let network = trained(3).network();
    let description = ClassifierDescription {
        name: "two kinds".into(),
        network: ClassifierConfig { width: 2 },
        classes: vec!["red".into(), "blue".into()],
        fit: Fit::Pad,
        training: ClassifierTraining {
            batch: 8,
            steps: 3,
            learning_rate: 5e-3,
            seed: 4,
            device: "CPU".into(),
        },
        dataset: Dataset {
            name: "noise".into(),
            licence: "CC0-1.0".into(),
            images: 8,
        },
        accuracy: Accuracy {
            train: 1.0,
            test: None,
            test_images: 0,
        },
    };
    let packed = FeaturesCard::pack(&network, description, Precision::F32);
    let (card, bytes) = block_on(packed).unwrap();
    let json = card.to_json().unwrap();
    let card = FeaturesCard::parse(json.as_bytes()).unwrap();
    let back = card.load(&bytes, &device).unwrap();
    let x = tensor(pictures(2), SIDE, &device);
    assert_eq!(values(back.logits(x.clone())), values(network.logits(x)));

    let refusal = |bytes: &[u8]| card.load(bytes, &device).unwrap_err().to_string();
    let told = refusal(&bytes[..bytes.len() - 1]);
    assert!(
        told.contains("classifier.safetensors") && told.contains("features.json"),
        "{told}"
    );
    let mut damaged = bytes.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let told = refusal(&damaged);
    assert!(told.contains("sha256"), "{told}");
    for (field, from, to) in [
        ("format", "\"format\": 1", "\"format\": 9"),
        ("width", "\"width\": 2", "\"width\": 99999"),
        ("classes", "\"blue\"", "\"blue\", 7"),
        ("file", "\"classifier.safetensors\"", "\"../../passwd\""),
    ] {
        assert!(json.contains(from), "{json}");
        let told = FeaturesCard::parse(json.replace(from, to).as_bytes())
            .unwrap_err()
            .to_string();
        assert!(
            told.contains("features.json") && (told.contains(field) || field == "classes"),
            "{told}"
        );
    }
}
