//! Takes many small training steps and says what memory they hold, one JSON object a line on standard output.
//!
//! `resident` is what the process takes of the machine's memory, where the system tells (Linux); `reserved` and `used`
//! are the GPU allocator's own figures. All are bytes. `cargo xtask soak` judges them.

use std::error::Error;

use bigan::{NetworkConfig, SIDE, Trainer, TrainerConfig, pictures, random};
use clap::Parser;
use kernels::{DeviceChoice, open};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

#[derive(Parser)]
struct Options {
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    /// Channels of the first convolution
    #[arg(long, default_value_t = 2)]
    width: usize,
    #[arg(long, default_value_t = 2)]
    batch: usize,
    #[arg(long, default_value_t = 1000)]
    steps: u64,
    /// Steps between two lines
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    every: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options {
        device,
        width,
        batch,
        steps,
        every,
    } = Options::parse();
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
    for step in 1..=steps {
        let pixels = random::uniform(&mut rng, batch * 3 * SIDE * SIDE);
        let losses = trainer.step(pictures::tensor(pixels, SIDE, &open.device))?;
        // As training does: what is never read queues up.
        pollster::block_on(losses.read())?;
        if step % every == 0 {
            let pools = open.device.memory_pool_usage();
            let line = serde_json::json!({
                "device": open.name,
                "step": step,
                "resident": resident(),
                "reserved": pools.map(|pools| pools.bytes_reserved),
                "used": pools.map(|pools| pools.bytes_in_use),
            });
            println!("{line}");
        }
    }
    Ok(())
}

/// Of this process.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}
