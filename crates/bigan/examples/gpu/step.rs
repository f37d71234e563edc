//! What a training step consists of: each shader's dispatches and time; and what batch norms take for their size.

use std::collections::BTreeMap;
use std::error::Error;

use bigan::burn::tensor::{Distribution, Tensor};
use bigan::{NetworkConfig, SIDE, Trainer, TrainerConfig, pictures, random};
use kernels::{Normalization, OpenDevice, norm_leaky, tune};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::clock::Clock;
use crate::lines::{Kernel, Line, Norm};
use crate::observed::{Dispatch, observe};
use crate::{On, Outcome, adapter, leave_out, say};

/// Steps before the one that counts: they allocate, and compile shaders.
const BEFORE: usize = 3;
/// What is left out where time is over.
const PARTS: &str = "a step's parts";
const NORMS: &str = "batch norms";
/// How often a batch norm is timed.
const TIMES: usize = 9;

/// Takes a step apart at each width and batch.
pub fn run(open: &OpenDevice, on: &On, clock: &Clock) -> Outcome {
    say(&Line::Adapter(adapter::described(open)))?;
    if let Some(text) = on.tuned.as_ref().map(std::fs::read_to_string) {
        tune::from_text(open, &text?);
    }
    for [width, batch] in on.settings() {
        if clock.is_over() {
            leave_out(PARTS, format!("width {width}, batch {batch}"))?;
            continue;
        }
        for kernel in grouped(&step(open, width, batch)?, width, batch) {
            say(&Line::Kernel(kernel))?;
        }
    }
    for [width, batch] in on.settings() {
        // As D's and E's convolutions halve the sides.
        for (channels, side) in [(2, 16), (4, 8), (8, 4)] {
            let shape = [batch, channels * width, side, side];
            if clock.is_over() {
                leave_out(NORMS, format!("{shape:?}"))?;
                continue;
            }
            let milliseconds = norm(open, shape)?;
            say(&Line::Norm(Norm {
                shape,
                milliseconds,
            }))?;
        }
    }
    Ok(())
}

/// The dispatches of one step.
fn step(open: &OpenDevice, width: usize, batch: usize) -> Result<Vec<Dispatch>, Box<dyn Error>> {
    let config = TrainerConfig {
        networks: NetworkConfig {
            width,
            ..NetworkConfig::default()
        },
        ..TrainerConfig::default()
    };
    let mut trainer = Trainer::new(config, 0, &open.device);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let pixels = random::uniform(&mut rng, batch * 3 * SIDE * SIDE);
    let mut step = || -> Outcome {
        let x = pictures::tensor(pixels.clone(), SIDE, &open.device);
        pollster::block_on(trainer.step(x)?.read())?;
        Ok(())
    };
    for _ in 0..BEFORE {
        step()?;
    }
    observe(step)
}

/// Dispatches of the same shader together.
fn grouped(dispatches: &[Dispatch], width: usize, batch: usize) -> Vec<Kernel> {
    let mut shaders: BTreeMap<&str, Vec<&Dispatch>> = BTreeMap::new();
    for dispatch in dispatches {
        shaders.entry(&dispatch.shader).or_default().push(dispatch);
    }
    let kernel = |(name, all): (&str, Vec<&Dispatch>)| Kernel {
        width,
        batch,
        name: name.to_owned(),
        dispatches: all.len(),
        milliseconds: all.iter().map(|dispatch| dispatch.milliseconds).sum(),
        on_device: all.iter().all(|dispatch| dispatch.on_device),
    };
    shaders.into_iter().map(kernel).collect()
}

/// Milliseconds of the forward pass and of the backward pass, medians.
fn norm(open: &OpenDevice, shape: [usize; 4]) -> Result<[Option<f64>; 2], Box<dyn Error>> {
    let [_, channels, ..] = shape;
    let device = open.device.clone().autodiff();
    let x = Tensor::<4>::random(shape, Distribution::Uniform(-1.0, 1.0), &device);
    let of = |value: f32| Tensor::<1>::full([channels], value, &device);
    let normalization = Normalization {
        batches: 1,
        epsilon: 1e-5,
        slope: 0.2,
        weight: Some(0.1),
        others: None,
    };
    let run = || -> Outcome {
        for _ in 0..TIMES {
            let x = x.clone().require_grad();
            let running = [of(0.0), of(1.0)];
            let made = norm_leaky(x.clone(), of(1.0), of(0.0), running, normalization);
            let gradients = made.output.sum().backward();
            let gradient = x
                .grad(&gradients)
                .ok_or("a batch norm without a gradient")?;
            pollster::block_on(gradient.slice([0..1, 0..1, 0..1, 0..1]).into_data_async())?;
        }
        Ok(())
    };
    run()?;
    let dispatches = observe(run)?;
    Ok(["norm_leaky", "norm_leaky_gradient"].map(|shader| median(&dispatches, shader)))
}

fn median(dispatches: &[Dispatch], shader: &str) -> Option<f64> {
    let of_it = dispatches.iter().filter(|one| one.shader == shader);
    let mut times: Vec<f64> = of_it.filter_map(|one| one.milliseconds).collect();
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied()
}
