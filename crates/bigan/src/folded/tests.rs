//! Folded layers, run by Burn's operations, against the networks themselves.

use burn::tensor::ops::{ConvOptions, ConvTransposeOptions};
use burn::tensor::{Device, Distribution, Tensor, TensorData, activation, module};

use super::*;
use crate::MinibatchConfig;
use crate::named::fill;

fn config(stochastic: bool) -> NetworkConfig {
    NetworkConfig {
        width: 2,
        latent: 5,
        stochastic,
        minibatch: MinibatchConfig::OFF,
    }
}

/// Networks all of whose tensors matter: no scale is 1, no bias or mean 0.
fn networks(config: &NetworkConfig) -> Bigan {
    let mut state = 1_u32;
    fill(Bigan::seeded(config, 3, &Device::flex()), |slot| {
        let small = !slot.name.ends_with("running_var") && slot.shape.len() < 2;
        let value = |_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let unit = (f64::from(state) / f64::from(u32::MAX)) as f32;
            if small || slot.shape.len() > 1 {
                unit - 0.4
            } else {
                unit + 0.5
            }
        };
        let count = slot.shape.iter().product();
        Some((0..count).map(value).collect())
    })
}

fn run(layers: &[LayerPlan], numbers: &[FoldedLayer], x: Tensor<4>) -> Tensor<4> {
    let tensor = |values: &[f32]| TensorData::new(values.to_vec(), [values.len()]);
    let device = Device::flex();
    layers.iter().zip(numbers).fold(x, |x, (layer, numbers)| {
        let [batch, ..] = x.dims();
        let bias = Tensor::<1>::from_data(tensor(&numbers.bias), &device);
        let weight = Tensor::<1>::from_data(tensor(&numbers.weight), &device);
        let (i, o) = (layer.inputs, layer.outputs);
        let x = match layer.kind {
            LayerKind::Halve { kernel } => {
                let options = ConvOptions::new([2, 2], [kernel / 2; 2], [1, 1], 1);
                module::conv2d(
                    x,
                    weight.reshape([o, i, kernel, kernel]),
                    Some(bias),
                    options,
                )
            }
            LayerKind::Double => {
                let x = x.reshape([batch, i, layer.side, layer.side]);
                let options = ConvTransposeOptions::new([2, 2], [2, 2], [1, 1], [1, 1], 1);
                module::conv_transpose2d(x, weight.reshape([i, o, 5, 5]), Some(bias), options)
            }
            LayerKind::Linear => {
                let weight: Tensor<2> = weight.reshape([o, i]);
                let sum = x.reshape([batch, i]).matmul(weight.transpose());
                (sum + bias.reshape([1, o])).reshape([batch, o, 1, 1])
            }
        };
        match layer.end {
            LayerEnd::Identity => x,
            LayerEnd::Leaky => activation::leaky_relu(x, 0.2),
            LayerEnd::Tanh => activation::tanh(x),
        }
    })
}

fn assert_same(ours: Tensor<4>, network: Tensor<4>) {
    let (ours, network): (Vec<f32>, Vec<f32>) = (
        ours.try_into_vec_as().unwrap(),
        network.try_into_vec_as().unwrap(),
    );
    assert_eq!(ours.len(), network.len());
    let largest = network
        .iter()
        .fold(1.0_f32, |most, value| most.max(value.abs()));
    for (a, b) in ours.iter().zip(&network) {
        assert!((a - b).abs() < 1e-5 * largest, "{a} instead of {b}");
    }
}

#[test]
fn folded_chains_compute_what_the_networks_do() {
    let device = Device::flex();
    device.seed(5);
    for config in [config(false), config(true)] {
        let bigan = networks(&config);
        let plans = Plans::new(&config).unwrap();
        let folded = bigan.folded(&plans).unwrap();
        let x = Tensor::<4>::random([3, 3, 64, 64], Distribution::Uniform(-1.0, 1.0), &device);
        let z = Tensor::<2>::random([3, 5], Distribution::Uniform(-1.0, 1.0), &device);

        let code = run(&plans.encoder, &folded.encoder, x.clone());
        assert_same(
            code,
            bigan.encoder.forward(x.clone()).mean.reshape([3, 5, 1, 1]),
        );
        let wide = z.clone().reshape([3, 5, 1, 1]);
        let picture = run(&plans.generator, &folded.generator, wide.clone());
        assert_same(picture, bigan.generator.forward(z.clone()));

        let pictures = run(&plans.pictures, &folded.pictures, x.clone()).reshape([3, 64, 1, 1]);
        let codes = run(&plans.codes, &folded.codes, wide);
        let joint = Tensor::cat(vec![pictures, codes], 1);
        let logits = run(&plans.joint, &folded.joint, joint);
        assert_same(
            logits,
            bigan.discriminator.forward(x, z).reshape([3, 1, 1, 1]),
        );
    }
}

#[test]
fn minibatch_discrimination_is_left_to_burn() {
    let minibatch = MinibatchConfig {
        kernels: 2,
        dimensions: 2,
    };
    assert!(
        Plans::new(&NetworkConfig {
            minibatch,
            ..config(false)
        })
        .is_none()
    );
}
