//! `stylewalk`: train a bidirectional GAN on a folder of photographs, look at what it does, publish it, show it.

mod data;
mod device;
mod evaluate;
mod export;
mod features;
mod files;
mod inference;
mod interrupt;
mod model_dir;
mod reconstruct;
mod sample;
mod serve;
mod train;

use clap::{Parser, Subcommand};

/// Train a bidirectional GAN on photographs of outfits, rebuild photographs through it, publish its weights.
#[derive(Parser)]
#[command(version, propagate_version = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a folder of photographs, or draw one.
    Data(data::DataArgs),
    /// Train on a folder of photographs, in a new run directory.
    Train(Box<train::TrainArgs>),
    /// Go on with a run that was stopped.
    Resume(train::ResumeArgs),
    /// Measure a model on photographs it has not seen.
    Evaluate(evaluate::EvaluateArgs),
    /// Rebuild photographs through a model.
    Reconstruct(reconstruct::ReconstructArgs),
    /// Make new pictures from random codes.
    Sample(sample::SampleArgs),
    /// Publish a run as a model directory, which the page and every command here load.
    Export(export::ExportArgs),
    /// Train a small network on labelled photographs, for --features.
    TrainFeatures(features::TrainFeaturesArgs),
    /// Download AlexNet's weights, for --features.
    FetchFeatures(features::FetchFeaturesArgs),
    /// Serve the built page on this machine.
    Serve(serve::ServeArgs),
}

fn main() -> std::process::ExitCode {
    let result = match Cli::parse().command {
        Command::Data(args) => data::run(args),
        Command::Train(args) => train::run(*args),
        Command::Resume(args) => train::resume(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Reconstruct(args) => reconstruct::run(args),
        Command::Sample(args) => sample::run(args),
        Command::Export(args) => export::run(args),
        Command::TrainFeatures(args) => features::train(args),
        Command::FetchFeatures(args) => features::fetch(args),
        Command::Serve(args) => serve::run(args),
    };
    match result {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            // One line: what we were doing, then why it failed.
            eprintln!("error: {error:#}");
            std::process::ExitCode::FAILURE
        }
    }
}
