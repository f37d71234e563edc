//! `cargo xtask bench`: times this project beside what people would use instead, in turns, in one run.

pub mod gpu;
mod kernels;
mod ranks;
mod spread;
mod train;
mod wasm;
mod web;

use anyhow::Result;
use clap::Subcommand;

use crate::workspace::Workspace;

/// What is timed.
#[derive(Subcommand)]
pub enum Bench {
    /// A quarter of an hour on a graphics card: what it computes and takes, PyTorch beside it, a training
    Gpu(gpu::Options),
    /// Each convolution of the networks, beside Burn's and a plain matrix product, in GFLOP/s
    Kernels(kernels::Options),
    /// Trainings of several ranks that share this machine's cores, beside one process on all of them
    Ranks(ranks::Options),
    /// One whole training step, beside PyTorch doing the same work
    Train(train::Options),
    /// The networks in a browser, beside the runtimes that people would use there
    Web(web::Options),
}

/// Runs a benchmark, prints its table and writes it into docs/.
pub fn run(workspace: &Workspace, bench: &Bench) -> Result<()> {
    match bench {
        Bench::Gpu(options) => gpu::run(workspace, options),
        Bench::Kernels(options) => kernels::run(workspace, options),
        Bench::Ranks(options) => ranks::run(workspace, options),
        Bench::Train(options) => train::run(workspace, options),
        Bench::Web(options) => web::run(workspace, options),
    }
}
