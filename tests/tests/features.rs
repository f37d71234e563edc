//! H, the fixed network of equation 5, against torchvision's AlexNet as `tests/golden/make_features.py` computed it.

use bigan::burn::tensor::{Device, Tensor};
use bigan::{Features, ModelError, SIDE};
use safetensors::SafeTensors;
use tests::golden::{self, Numbers};
use tests::gpu;

/// A picture's gradient is stored at every fifth row and column, as in the script.
const STRIDE: usize = 5;
/// Rows of length 1 have elements of some hundredths; five convolutions sum up to 216 rounded products each.
const ROWS: f32 = 2e-6;
/// Of the largest element, about the same.
const RELATIVE: f32 = 2e-5;

fn alexnet(device: &Device) -> Features {
    let bytes = golden::file("features", "alexnet");
    let stored = SafeTensors::deserialize(&bytes).unwrap();
    Features::alexnet("alexnet.safetensors", &stored, device).unwrap()
}

fn check(device: &Device) {
    let expected = Numbers::read("features", "expected");
    let features = alexnet(device);
    let x = expected.tensor::<4>("pixels", device) / 127.5 - 1.0;
    close(
        "rows",
        features.forward(x.clone()),
        expected.values("rows"),
        ROWS,
    );
    let activations = expected.values("activations");
    close(
        "activations",
        features.activations(x.clone()),
        activations,
        RELATIVE * largest(activations),
    );

    let x = x.autodiff().require_grad();
    let rows = features.forward(x.clone());
    let difference = rows.clone().narrow(0, 0, 1) - rows.narrow(0, 1, 1);
    let gradients = (difference.clone() * difference).sum().backward();
    let places = |from: Tensor<4>, dimension| {
        let kept: Vec<i64> = (0..SIDE as i64).step_by(STRIDE).collect();
        from.select(dimension, Tensor::from_data(kept.as_slice(), device))
    };
    let gradient = places(places(x.grad(&gradients).unwrap(), 2), 3);
    let expected = expected.values("gradient");
    close("gradient", gradient, expected, RELATIVE * largest(expected));
}

fn largest(values: &[f32]) -> f32 {
    values
        .iter()
        .fold(0f32, |largest, value| largest.max(value.abs()))
}

fn close<const D: usize>(what: &str, found: Tensor<D>, expected: &[f32], tolerance: f32) {
    let found: Vec<f32> = found.into_data().convert::<f32>().try_into_vec().unwrap();
    assert_eq!(found.len(), expected.len(), "{what}");
    let differences = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
    // `f32::max` would pass over a NaN; this keeps it.
    let worst = differences.fold(
        0f32,
        |worst, d| if d > worst || d.is_nan() { d } else { worst },
    );
    if std::env::var_os("STYLEWALK_SHOW").is_some() {
        eprintln!("{what} differs by {worst:e}, tolerance {tolerance:e}");
    }
    assert!(
        worst <= tolerance,
        "{what} differs by {worst}, more than {tolerance}"
    );
}

#[test]
fn alexnet_and_its_gradient_are_torchvisions() {
    check(&Device::flex());
}

#[needs::gpu]
fn alexnet_and_its_gradient_are_torchvisions_on_vulkan() {
    gpu::in_child("alexnet_and_its_gradient_are_torchvisions_on_vulkan", check);
}

/// The tensors of the file, changed by `change`, as a file again.
fn refusal(change: impl Fn(&mut Vec<(String, Vec<usize>, Vec<f32>)>)) -> ModelError {
    let numbers = golden::file("features", "alexnet");
    let stored = SafeTensors::deserialize(&numbers).unwrap();
    let parsed = Numbers::parse(&numbers);
    let mut tensors: Vec<_> = parsed
        .names()
        .map(|name| {
            let shape = stored.tensor(name).unwrap().shape().to_vec();
            (name.to_owned(), shape, parsed.values(name).to_vec())
        })
        .collect();
    change(&mut tensors);
    let bytes: Vec<Vec<u8>> = tensors
        .iter()
        .map(|(_, _, values)| values.iter().flat_map(|v| v.to_le_bytes()).collect())
        .collect();
    let views = tensors.iter().zip(&bytes).map(|((name, shape, _), bytes)| {
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape.clone(), bytes);
        (name.as_str(), view.unwrap())
    });
    let bytes = safetensors::serialize(views, None).unwrap();
    let stored = SafeTensors::deserialize(&bytes).unwrap();
    Features::alexnet("weights", &stored, &Device::flex()).expect_err("wrong weights were read")
}

fn place(tensors: &[(String, Vec<usize>, Vec<f32>)], name: &str) -> usize {
    tensors
        .iter()
        .position(|(found, ..)| found == name)
        .unwrap()
}

#[test]
fn weights_that_are_not_alexnets_are_named() {
    for name in ["features.0.weight", "features.8.bias"] {
        let error = refusal(|tensors| {
            let place = place(tensors, name);
            tensors.remove(place);
        });
        assert!(
            matches!(error, ModelError::TensorMissing { .. }),
            "{error:?}"
        );
        assert!(error.to_string().contains(name), "{error}");
    }
    // VGG's first layer has this name too, and another shape; a width of none or of thousands is not allocated.
    for shape in [vec![2, 3, 3, 3], vec![0, 3, 11, 11], vec![5000, 3, 11, 11]] {
        let error = refusal(|tensors| {
            let place = place(tensors, "features.0.weight");
            tensors[place].2 = vec![0.5; shape.iter().product()];
            tensors[place].1.clone_from(&shape);
        });
        assert!(matches!(error, ModelError::TensorShape { .. }), "{error:?}");
        assert!(error.to_string().contains("features.0.weight"), "{error}");
    }
    let error = refusal(|tensors| {
        let place = place(tensors, "features.6.weight");
        tensors[place].2[7] = f32::NAN;
    });
    assert!(
        matches!(error, ModelError::TensorNotFinite { .. }),
        "{error:?}"
    );
    assert!(error.to_string().contains("features.6.weight"), "{error}");
}
