//! Times whole training steps (D, then G and E with L_AD and L_AE), one JSON object with milliseconds on standard output:
//!
//! `training_step [--device cpu] [--width 64] [--batch 32] [--runs 5]`
//!
//! `cargo xtask bench train` runs it in turns with PyTorch doing the same work.

use std::error::Error;
use std::time::Instant;

use bigan::{NetworkConfig, SIDE, Trainer, TrainerConfig, draws};
use burn::tensor::{Tensor, TensorData};
use kernels::{DeviceChoice, open};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1).cloned())
            .unwrap_or_else(|| default.to_owned())
    };
    let device: DeviceChoice = option("--device", "cpu").parse()?;
    let (width, batch) = (
        option("--width", "64").parse()?,
        option("--batch", "32").parse()?,
    );
    let runs: usize = option("--runs", "5").parse()?;

    let open = pollster::block_on(open(device))?;
    let config = TrainerConfig {
        networks: NetworkConfig {
            width,
            ..NetworkConfig::default()
        },
        ..TrainerConfig::default()
    };
    let mut trainer = Trainer::new(config, 0, &open.device);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let pixels = draws::uniform(&mut rng, batch * 3 * SIDE * SIDE);
    let photos = TensorData::new(pixels, [batch, 3, SIDE, SIDE]);
    let mut times = Vec::with_capacity(runs);
    // The first step also allocates and, on a GPU, compiles.
    for run in 0..=runs {
        let start = Instant::now();
        let losses = trainer.step(Tensor::from_data(photos.clone(), &open.device))?;
        pollster::block_on(losses.read())?;
        if run > 0 {
            times.push(start.elapsed().as_secs_f64() * 1e3);
        }
    }
    println!(
        "{}",
        serde_json::json!({ "device": open.name, "milliseconds": times })
    );
    Ok(())
}
