//! Times whole training steps (D, then G and E with L_AD and L_AE), one for every line on standard input:
//!
//! `yes | head -5 | training_step [--device cpu] [--width 64] [--batch 32]`
//!
//! Prints its device as a JSON object once it is ready, then the milliseconds of each step. `cargo xtask bench train` has it
//! step in turns with PyTorch doing the same work.

use std::error::Error;
use std::time::Instant;

use bigan::{NetworkConfig, SIDE, Trainer, TrainerConfig, draws, pictures};
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
    let width = option("--width", "64").parse()?;
    let batch: usize = option("--batch", "32").parse()?;

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
    let mut step = || -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        let losses = trainer.step(pictures::tensor(pixels.clone(), &open.device))?;
        pollster::block_on(losses.read())?;
        Ok(start.elapsed().as_secs_f64() * 1e3)
    };
    // The first step also allocates and, on a GPU, compiles.
    step()?;
    println!("{}", serde_json::json!({ "device": open.name }));
    for line in std::io::stdin().lines() {
        line?;
        println!("{}", step()?);
    }
    Ok(())
}
