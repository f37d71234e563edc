//! `stylewalk`: train a bidirectional GAN on a folder of photographs, look at what it does, publish it, show it.

// First: its macros stand in the place of the standard library's in all that follows.
#[macro_use]
mod say;

mod advice;
mod codes;
mod completions;
mod cutout;
mod data;
mod dataset;
mod device;
mod directions;
mod evaluate;
mod events;
mod export;
mod features;
mod figures;
mod files;
mod flags;
mod import;
mod interrupt;
mod manual;
mod mesa;
mod model_dir;
mod neighbours;
mod networks;
mod onnx;
mod presets;
mod protobuf;
mod ranks;
mod reconstruct;
mod refine;
mod sample;
mod serve;
mod terminal;
mod train;
mod unfinished;
mod walk;
mod weight_file;

use clap::{CommandFactory, Parser, Subcommand};

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
    /// Improve a photograph's code: closer, or with other colours, another outline, of another kind.
    Refine(refine::RefineArgs),
    /// Make new pictures from random codes.
    Sample(sample::SampleArgs),
    /// Go from one photograph to another through the codes between theirs.
    Walk(walk::WalkArgs),
    /// Draw the paper's figures from a run: samples, reconstructions, loss curves.
    Figures(figures::FiguresArgs),
    /// Publish a run as a model directory, which the page and every command here load, or as ONNX models.
    Export(export::ExportArgs),
    /// Find what to add to a model's codes to make a picture lighter or more of a dress; the page shows them as sliders.
    Directions(directions::DirectionsArgs),
    /// Learn what codes of photographs are like, for `sample --like photographs` and the page; an export of a run does so too.
    Codes(codes::CodesArgs),
    /// Put the photographs that a model was trained on beside it, small, for `nearest` and the page.
    Neighbours(neighbours::NeighboursArgs),
    /// Show the photographs trained on that are nearest to a photograph's picture.
    Nearest(neighbours::NearestArgs),
    /// Turn weights that PyTorch trained into a model directory.
    Import(import::ImportArgs),
    /// Train a small network on labelled photographs, for --features.
    TrainFeatures(features::TrainFeaturesArgs),
    /// Train the network that cuts garments out of photographs, for --cutout.
    TrainCutout(cutout::TrainCutoutArgs),
    /// Download AlexNet's weights, for --features.
    FetchFeatures(features::FetchFeaturesArgs),
    /// Serve the built page on this machine.
    Serve(serve::ServeArgs),
    /// List the paper's nine experiments, for `train --preset`.
    Presets(presets::PresetsArgs),
    /// Print what completes this program's commands and flags in a shell.
    Completions(completions::CompletionsArgs),
    /// Write this program's manual pages.
    Man(manual::ManArgs),
}

fn main() -> std::process::ExitCode {
    interrupt::survive_limits();
    mesa::hush();
    let cli = Cli::try_parse().unwrap_or_else(|error| {
        let command = std::env::args().nth(1).unwrap_or_default();
        if let Some(sentence) = advice::on_flag(&error, &command, &Cli::command()) {
            eprintln!("error: {}", terminal::plain(&sentence));
            std::process::exit(error.exit_code());
        }
        error.exit()
    });
    let result = match cli.command {
        Command::Data(args) => data::run(args),
        Command::Train(args) => train::run(*args),
        Command::Resume(args) => train::resume(args),
        Command::Evaluate(args) => evaluate::run(args),
        Command::Reconstruct(args) => reconstruct::run(args),
        Command::Refine(args) => refine::run(args),
        Command::Sample(args) => sample::run(args),
        Command::Walk(args) => walk::run(args),
        Command::Figures(args) => figures::run(args),
        Command::Export(args) => export::run(args),
        Command::Directions(args) => directions::run(args),
        Command::Codes(args) => codes::run(&args),
        Command::Neighbours(args) => neighbours::run(&args),
        Command::Nearest(args) => neighbours::nearest(&args),
        Command::Import(args) => import::run(args),
        Command::TrainFeatures(args) => kernels::on_computing_thread(|| features::train(args)),
        Command::TrainCutout(args) => kernels::on_computing_thread(|| cutout::train(args)),
        Command::FetchFeatures(args) => features::fetch(args),
        Command::Serve(args) => serve::run(args),
        Command::Presets(args) => presets::run(args),
        Command::Completions(args) => completions::run(&args, Cli::command()),
        Command::Man(args) => manual::run(&args, Cli::command()),
    };
    match result.and_then(|()| say::finish()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", advice::sentence(&error));
            std::process::ExitCode::FAILURE
        }
    }
}
