use burn::optim::GradientsParams;
use burn::tensor::{Device, Tensor, TensorData};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{AlexNetConfig, Features};
use crate::{SIDE, draws};

/// The smallest network that still has every layer.
const TINY: AlexNetConfig = AlexNetConfig { width: 2 };

fn alexnet() -> Features {
    Features::seeded_alexnet(&TINY, 5, &Device::flex())
}

fn pictures(count: usize) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    draws::uniform(&mut rng, count * 3 * SIDE * SIDE)
}

fn tensor(values: Vec<f32>, device: &Device) -> Tensor<4> {
    let count = values.len() / (3 * SIDE * SIDE);
    Tensor::from_data(TensorData::new(values, [count, 3, SIDE, SIDE]), device)
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap()
}

#[test]
fn rows_have_length_one_and_differ_from_picture_to_picture() {
    let rows = alexnet().forward(tensor(pictures(2), &Device::flex()));
    assert_eq!(rows.dims(), [2, 8 * 36]);
    let values = values(rows);
    let (first, second) = values.split_at(8 * 36);
    let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    assert!((dot(first, first) - 1.0).abs() < 1e-5);
    assert!((dot(second, second) - 1.0).abs() < 1e-5);
    assert!(dot(first, second) < 0.999, "{}", dot(first, second));
}

#[test]
fn activations_are_the_means_over_places() {
    let Features::AlexNet(network) = alexnet();
    let x = tensor(pictures(2), &Device::flex());
    let pool5 = values(network.forward(x.clone()));
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
    let target = features.forward(tensor(pictures(2), &device).narrow(0, 1, 1));
    let loss = |x: Tensor<4>| {
        let difference = features.forward(x) - target.clone();
        (difference.clone() * difference).sum()
    };

    let x = tensor(base.clone(), &device).autodiff().require_grad();
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
        loss(tensor(moved.collect(), &device)).into_scalar::<f32>()
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
    let x = tensor(pictures(1), &Device::flex())
        .autodiff()
        .require_grad();
    let rows = features.forward(x.clone());
    assert!(values(rows.clone()).iter().all(|value| *value == 0.0));
    let gradients = rows.sum().backward();
    let gradient = values(x.grad(&gradients).unwrap());
    assert!(gradient.iter().all(|value| value.is_finite()));
}
