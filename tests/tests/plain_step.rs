//! Training steps with our kernels against the same steps by Burn as it comes: the networks of `cargo xtask bench web`'s
//! plain contestant, from Burn's own modules, with nothing of ours in them.

#[path = "../../crates/workshop/examples/training/discriminator.rs"]
mod discriminator;
#[path = "../../crates/workshop/examples/plain/networks.rs"]
mod networks;
#[path = "../../crates/workshop/examples/training/plain_step.rs"]
mod plain_step;
#[path = "../../crates/workshop/examples/plain/weights.rs"]
mod weights;

use bigan::{
    Bigan, DiscriminatorNoise, ModelCard, NetworkConfig, Precision, StepNoise, Trainer,
    TrainerConfig,
};
use burn::tensor::{Device, Tensor, TensorData};
use discriminator::Discriminator;
use networks::{Encoder, Generator};
use plain_step::Training;
use pollster::block_on;
use tests::gpu;
use tests::model::Model;

const BATCH: usize = 3;
const NETWORKS: NetworkConfig = NetworkConfig {
    width: 2,
    ..NetworkConfig::PAPER
};
/// Of losses, which are near 1. From the second step on Adam has made a whole step of each gradient, however small, so
/// that rounding shows.
const TOLERANCE: f32 = 1e-3;

#[test]
fn on_the_cpu() {
    compare(&Device::flex());
}

#[needs::gpu]
fn on_a_gpu() {
    gpu::in_child("on_a_gpu", compare);
}

/// Three steps from the same weights on the same draws.
fn compare(device: &Device) {
    let model = Model::drawn(NETWORKS, Precision::F32);
    let (mut ours, mut plain) = (ours(&model, device), plain(&model, device));
    for step in 0..3 {
        let values = |index: usize, count: usize| noise(10 * step + index, count);
        let x = values(0, BATCH * 3 * 64 * 64);
        let z = values(1, BATCH * NETWORKS.latent);
        let factors: [[Vec<f32>; 3]; 4] = std::array::from_fn(|look| {
            let widths = plain.mask_widths();
            std::array::from_fn(|layer| {
                let noise = values(2 + 3 * look + layer, BATCH * widths[layer]);
                // Dropout of a half.
                noise
                    .iter()
                    .map(|value| if *value > 0.0 { 2.0 } else { 0.0 })
                    .collect()
            })
        });
        let on = |device: &Device| {
            let masks = factors
                .clone()
                .map(|masks| masks.map(|mask| rows(mask, device)));
            (
                bigan::pictures::tensor(x.clone(), bigan::SIDE, device),
                rows(z.clone(), device),
                masks,
            )
        };
        let (x, z, masks) = on(device);
        let noise = StepNoise {
            z,
            encoder: None,
            discriminator: masks.map(|masks| DiscriminatorNoise {
                masks: masks.map(Tensor::into_data),
                augmentation: None,
                perturbation: None,
            }),
        };
        let losses = block_on(ours.step_with(x, noise).unwrap().read()).unwrap();
        let (x, z, masks) = on(&device.clone().autodiff());
        let burns = plain
            .step(x, z, masks)
            .map(|loss| loss.into_scalar::<f32>());
        for (ours, burns) in [losses.discriminator, losses.total].into_iter().zip(burns) {
            let difference = (ours - burns).abs();
            assert!(
                difference < TOLERANCE,
                "step {step}: {ours}, Burn as it comes {burns}"
            );
        }
    }
}

fn ours(model: &Model, device: &Device) -> Trainer {
    let card = ModelCard::parse(model.card.to_string().as_bytes()).unwrap();
    let files: Vec<(&str, &[u8])> = bigan::weights::FILES
        .into_iter()
        .zip(model.files.iter().map(Vec::as_slice))
        .collect();
    let config = TrainerConfig {
        networks: NETWORKS,
        ..TrainerConfig::default()
    };
    let networks = Bigan::load(&card, &files, device).unwrap();
    Trainer::from_networks(config, networks, 0, device)
}

fn plain(model: &Model, device: &Device) -> Training {
    let device = device.clone().autodiff();
    let [generator, encoder, discriminator] = &model.files;
    Training::new(
        weights::load(Generator::new(NETWORKS.width, &device), generator).unwrap(),
        weights::load(Encoder::new(NETWORKS.width, &device), encoder).unwrap(),
        weights::load(Discriminator::new(NETWORKS.width, &device), discriminator).unwrap(),
    )
}

fn rows(values: Vec<f32>, device: &Device) -> Tensor<2> {
    let columns = values.len() / BATCH;
    Tensor::from_data(TensorData::new(values, [BATCH, columns]), device)
}

/// Numbers in [-1, 1] that look random and are the same in every run.
fn noise(seed: usize, count: usize) -> Vec<f32> {
    (0..count)
        .map(|at| ((at + 7919 * seed) as f32 * 12.9898).sin())
        .collect()
}
