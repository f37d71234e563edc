//! The parts of `cargo xtask bench gpu` that look at a device from inside: what it is, whether it computes what it should, what
//! each variant of each shader takes, what a training step consists of. One JSON object a line on standard output,
//! `crates/xtask/src/bench/gpu/lines.rs`.

mod adapter;
mod check;
mod clock;
#[path = "../../../workshop/examples/training/discriminator.rs"]
mod discriminator;
#[path = "../../../xtask/src/bench/gpu/lines.rs"]
mod lines;
#[path = "../../../workshop/examples/plain/networks.rs"]
mod networks;
mod observed;
mod pixels;
#[path = "../../../workshop/examples/training/plain_step.rs"]
mod plain_step;
#[path = "../../../workshop/examples/training/side_by_side.rs"]
mod side_by_side;
mod step;
mod variants;
#[path = "../../../workshop/examples/plain/weights.rs"]
mod weights;

use std::error::Error;
use std::fmt::Display;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use kernels::{DeviceChoice, OpenDevice};

use clock::Clock;
use lines::Line;

type Outcome = Result<(), Box<dyn Error>>;

#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    part: Part,
}

#[derive(Subcommand)]
enum Part {
    /// What the device is.
    Adapter(On),
    /// Every variant beside the CPU, and a training step beside Burn's.
    Check(On),
    /// What every variant takes.
    Variants(On),
    /// What a training step consists of.
    Step(On),
    /// How the pictures of two folders differ.
    Pixels { one: PathBuf, other: PathBuf },
}

/// Where, how large and for how long.
#[derive(Args)]
struct On {
    #[arg(long, default_value = "wgpu")]
    device: DeviceChoice,
    /// Channels of the first convolution
    #[arg(long, value_delimiter = ',', default_value = "64,32")]
    widths: Vec<usize>,
    /// Samples
    #[arg(long, value_delimiter = ',', default_value = "32,1")]
    batches: Vec<usize>,
    /// How long this part may take
    #[arg(long, default_value_t = 600.0)]
    seconds: f64,
    /// Where the choice between variants is kept: written by `variants`, read by `step`
    #[arg(long)]
    tuned: Option<PathBuf>,
}

impl On {
    fn open(&self) -> Result<OpenDevice, Box<dyn Error>> {
        Ok(pollster::block_on(kernels::open(self.device))?)
    }

    /// Widths and batches, in the order in which they are worth most.
    fn settings(&self) -> impl Iterator<Item = [usize; 2]> {
        let batches = |width| self.batches.iter().map(move |batch| [width, *batch]);
        self.widths.iter().flat_map(move |width| batches(*width))
    }
}

fn main() -> ExitCode {
    match run(Options::parse().part) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(part: Part) -> Outcome {
    match part {
        Part::Adapter(on) => {
            let open = on.open()?;
            say(&Line::Adapter(adapter::described(&open)))
        }
        Part::Check(on) => check::run(&on.open()?, &on, &Clock::of(on.seconds)),
        Part::Variants(on) => variants::run(&on.open()?, &on, &Clock::of(on.seconds)),
        Part::Step(on) => step::run(&on.open()?, &on, &Clock::of(on.seconds)),
        Part::Pixels { one, other } => pixels::run(&one, &other),
    }
}

/// Prints a line.
fn say(line: &Line) -> Outcome {
    println!("{}", serde_json::to_string(line)?);
    Ok(())
}

/// Prints what there is no time for.
fn leave_out(part: &str, what: impl Display) -> Outcome {
    say(&Line::LeftOut {
        part: part.to_owned(),
        what: what.to_string(),
    })
}
