//! Times the convolutions of the networks beside plain matrix products on the same device: one JSON object a line on
//! standard output, with `device`, `name`, `who` and `gflops`. [`kernels::roofline::Settings`] explains the options.
//! `cargo xtask bench kernels` makes a table of them.

use std::error::Error;
use std::time::Instant;

use bigan::NetworkConfig;
use bigan::networks::convolutions_of_a_batch;
use clap::Parser;
use kernels::roofline::{Settings, measure};
use kernels::{DeviceChoice, open};

#[derive(Parser)]
struct Options {
    #[arg(long, default_value = "cpu")]
    device: DeviceChoice,
    #[arg(long, default_value_t = 64)]
    width: usize,
    #[arg(long, default_value_t = 1)]
    batch: usize,
    #[arg(long, default_value_t = 3)]
    runs: usize,
    #[arg(long, default_value_t = 50.0)]
    least: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Options {
        device,
        width,
        batch,
        runs,
        least,
    } = Options::parse();
    let networks = NetworkConfig {
        width,
        ..NetworkConfig::PAPER
    };
    let problems = convolutions_of_a_batch(&networks, batch);
    let settings = Settings { runs, least };
    let open = pollster::block_on(open(device))?;
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64() * 1e3;
    for speed in pollster::block_on(measure(&open, &problems, &settings, &now))? {
        let line = serde_json::json!({
            "device": open.name,
            "name": speed.name,
            "who": speed.who,
            "gflops": speed.gflops,
        });
        println!("{line}");
    }
    Ok(())
}
