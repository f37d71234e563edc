//! Times the convolutions of the networks beside plain matrix products on the same device: one JSON object a line on
//! standard output, with `device`, `name`, `who` and `gflops`.
//!
//! `kernels [--device cpu] [--width 64] [--batch 1] [--runs 3] [--least 50]`, which [`kernels::roofline::Settings`]
//! explains. `cargo xtask bench kernels` makes a table of them.

use std::error::Error;
use std::time::Instant;

use kernels::roofline::{Settings, measure};
use kernels::{DeviceChoice, open};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str, default: &str| {
        let at = arguments.iter().position(|argument| argument == name);
        at.and_then(|at| arguments.get(at + 1).cloned())
            .unwrap_or_else(|| default.to_owned())
    };
    let device: DeviceChoice = option("--device", "cpu").parse()?;
    let settings = Settings {
        width: option("--width", "64").parse()?,
        batch: option("--batch", "1").parse()?,
        runs: option("--runs", "3").parse()?,
        least: option("--least", "50").parse()?,
    };
    let open = pollster::block_on(open(device))?;
    let start = Instant::now();
    let now = || start.elapsed().as_secs_f64() * 1e3;
    for speed in pollster::block_on(measure(&open, &settings, &now))? {
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
