//! `cargo xtask`: sets up what is missing on this machine, builds and serves the page, runs every check.

mod animation;
mod bench;
mod checks;
mod command;
mod demo;
mod experiments;
mod fuzz;
mod kill;
mod lighthouse;
mod load;
mod modules;
mod package;
mod page;
mod ranks;
mod recipe;
mod setup;
mod shaders;
mod soak;
mod trainings;
mod wasm;
mod workspace;
mod written;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

/// Sets up, builds, shows and checks stylewalk. Each command installs what it needs and is missing, says so,
/// and does nothing of the kind the second time.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the page and serve it on this machine
    Demo(demo::Options),
    /// Pack the page's viewer for other pages: an npm tarball
    Package(package::Options),
    /// Run everything that continuous integration checks, the cheapest first
    Test(checks::Options),
    /// Time this project beside what people would use instead
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Train and measure the paper's nine experiments with the same data, seed and budget
    Experiments(experiments::Options),
    /// Train the published model from photographs and masks, stage after stage, and choose it by its rule
    Recipe(recipe::Options),
    /// Take a thousand small training steps on each device; fails where memory grows
    Soak(soak::Options),
    /// End trainings, exports, preparations and browsers at random moments; fails where they do not go on as if nothing
    /// had been
    Kill(kill::Options),
    /// Look for bytes at which reading pictures, models or PyTorch's files panics, hangs or takes too much memory
    Fuzz(fuzz::Options),
    /// Serve a thousand connections at once, good and bad ones; fails where memory grows
    Load(load::Options),
    /// Ask Lighthouse for its opinion of the built page; fails where a score is below 95
    Lighthouse(lighthouse::Options),
    /// Compile the shaders for GPUs that are not there, and write down registers, spills and waves: docs/shaders.md
    Shaders(shaders::Options),
    /// Make the README's moving picture from the running page: docs/page.png
    Animation,
    /// Only set up what `demo` and `test` need
    Setup,
}

fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match cli.task {
        Task::Demo(options) => demo::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Package(options) => package::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Test(options) => checks::run(&workspace, &options),
        Task::Bench(bench) => bench::run(&workspace, &bench).map(|()| ExitCode::SUCCESS),
        Task::Experiments(options) => {
            experiments::run(&workspace, &options).map(|()| ExitCode::SUCCESS)
        }
        Task::Recipe(options) => recipe::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Soak(options) => soak::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Kill(options) => kill::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Fuzz(options) => fuzz::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Load(options) => load::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Lighthouse(options) => {
            lighthouse::run(&workspace, &options).map(|()| ExitCode::SUCCESS)
        }
        Task::Shaders(options) => shaders::run(&workspace, &options).map(|()| ExitCode::SUCCESS),
        Task::Animation => animation::run(&workspace).map(|()| ExitCode::SUCCESS),
        Task::Setup => {
            setup::for_page(&workspace)?;
            setup::for_tests(&workspace)?;
            println!("set-up: everything is there");
            Ok(ExitCode::SUCCESS)
        }
    }
}
