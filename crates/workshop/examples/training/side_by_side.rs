//! Training steps with our kernels beside the same steps by Burn as it comes: its own modules, with nothing of ours in them.

use std::error::Error;

use bigan::weights::encode;
use bigan::{
    Bigan, DiscriminatorNoise, NetworkConfig, Precision, StepNoise, Trainer, TrainerConfig,
};
use burn::tensor::{Device, Tensor, TensorData};
use pollster::block_on;

use crate::discriminator::Discriminator;
use crate::networks::{Encoder, Generator};
use crate::plain_step::Training;
use crate::weights;

/// Of losses, which are near 1. From the second step on Adam has made a whole step of each gradient, however small, so
/// that rounding shows.
pub const TOLERANCE: f32 = 1e-3;

const BATCH: usize = 3;

/// D's loss and that of G and E in each of `steps` steps, ours and Burn's, from the same weights on the same draws.
pub fn losses(
    config: NetworkConfig,
    device: &Device,
    steps: usize,
) -> Result<Vec<[[f32; 2]; 2]>, Box<dyn Error>> {
    let networks = Bigan::seeded(&config, 3, device);
    let mut plain = plain(&networks, config, device)?;
    let settings = TrainerConfig {
        networks: config,
        ..TrainerConfig::default()
    };
    let mut ours = Trainer::from_networks(settings, networks, 0, device);
    let mut losses = Vec::new();
    for step in 0..steps {
        let draws = Draws::new(step, config, plain.mask_widths());
        let (x, z, masks) = draws.on(device);
        let noise = StepNoise {
            z,
            encoder: None,
            discriminator: masks.map(|masks| DiscriminatorNoise {
                masks: masks.map(Tensor::into_data),
                augmentation: None,
                perturbation: None,
            }),
        };
        let found = block_on(ours.step_with(x, noise)?.read())?;
        let (x, z, masks) = draws.on(&device.clone().autodiff());
        let burns = plain
            .step(x, z, masks)
            .map(|loss| loss.into_scalar::<f32>());
        losses.push([[found.discriminator, found.total], burns]);
    }
    Ok(losses)
}

/// The same networks of Burn's modules.
fn plain(
    networks: &Bigan,
    config: NetworkConfig,
    device: &Device,
) -> Result<Training, Box<dyn Error>> {
    let (width, device) = (config.width, device.clone().autodiff());
    let generator = block_on(encode("generator", &networks.generator, Precision::F32))?;
    let encoder = block_on(encode("encoder", &networks.encoder, Precision::F32))?;
    let judge = block_on(encode(
        "discriminator",
        &networks.discriminator,
        Precision::F32,
    ))?;
    Ok(Training::new(
        weights::load(Generator::new(width, &device), &generator)?,
        weights::load(Encoder::new(width, &device), &encoder)?,
        weights::load(Discriminator::new(width, &device), &judge)?,
    ))
}

/// What is drawn for a step.
struct Draws {
    x: Vec<f32>,
    z: Vec<f32>,
    /// Dropout of a half, for each look of D and each of its layers.
    masks: [[Vec<f32>; 3]; 4],
}

impl Draws {
    fn new(step: usize, config: NetworkConfig, widths: [usize; 3]) -> Self {
        let values = |index: usize, count: usize| noise(10 * step + index, count);
        let kept = |value: f32| if value > 0.0 { 2.0 } else { 0.0 };
        let mask = |index: usize, width: usize| {
            let noise = values(index, BATCH * width).into_iter();
            noise.map(kept).collect()
        };
        Self {
            x: values(0, BATCH * 3 * bigan::SIDE * bigan::SIDE),
            z: values(1, BATCH * config.latent),
            masks: std::array::from_fn(|look| {
                std::array::from_fn(|layer| mask(2 + 3 * look + layer, widths[layer]))
            }),
        }
    }

    fn on(&self, device: &Device) -> (Tensor<4>, Tensor<2>, [[Tensor<2>; 3]; 4]) {
        let masks = self.masks.each_ref();
        (
            bigan::pictures::tensor(self.x.clone(), bigan::SIDE, device),
            rows(&self.z, device),
            masks.map(|look| look.each_ref().map(|mask| rows(mask, device))),
        )
    }
}

fn rows(values: &[f32], device: &Device) -> Tensor<2> {
    let columns = values.len() / BATCH;
    Tensor::from_data(TensorData::new(values.to_vec(), [BATCH, columns]), device)
}

/// Numbers in [-1, 1] that look random and are the same in every run.
fn noise(seed: usize, count: usize) -> Vec<f32> {
    (0..count)
        .map(|at| ((at + 7919 * seed) as f32 * 12.9898).sin())
        .collect()
}
