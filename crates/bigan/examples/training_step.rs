//! Times whole training steps (D, then G and E with L_AD and L_AE), one for every line on standard input: `yes | head -5 |
//! training_step`.
//!
//! Prints its device as a JSON object once it is ready, then the milliseconds of each step. `cargo xtask bench train` has it
//! step in turns with PyTorch doing the same work.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use bigan::{NetworkConfig, SIDE, Trainer, TrainerConfig, pictures, random};
use clap::Parser;
use kernels::{DeviceChoice, open, tune};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

#[derive(Parser)]
struct Options {
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// Channels of the first convolution
    #[arg(long, default_value_t = 64)]
    width: usize,
    #[arg(long, default_value_t = 32)]
    batch: usize,
    /// Which variants to take: what `tune::to_text` gave on this device
    #[arg(long)]
    tuned: Option<PathBuf>,
}

fn main() -> Result<(), String> {
    // As `stylewalk train` does.
    kernels::on_computing_thread(|| steps().map_err(|error| error.to_string()))
}

fn steps() -> Result<(), Box<dyn Error>> {
    let Options {
        device,
        width,
        batch,
        tuned,
    } = Options::parse();
    let open = pollster::block_on(open(device))?;
    if let Some(text) = tuned.map(std::fs::read_to_string) {
        tune::from_text(&open, &text?);
    }
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
    let mut step = || -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        let losses = trainer.step(pictures::tensor(pixels.clone(), SIDE, &open.device))?;
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
