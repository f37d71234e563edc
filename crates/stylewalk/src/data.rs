//! `stylewalk data`, and photographs for everyone else: read, prepared, checked, drawn.

mod batches;
mod check;
mod crop;
mod cropped;
#[cfg_attr(not(feature = "detector"), path = "data/detector_absent.rs")]
mod detector;
mod draw;
mod folder;
mod index;
mod listing;
mod oddities;
mod other_formats;
mod photo;
mod photos;
mod prepare;
mod progress;
mod read_at;
mod sample;
mod source;
mod speed;
mod split;
mod store;
#[cfg(test)]
mod tests;

pub use batches::Batches;
pub use folder::picture_files;
pub use listing::Listing;
pub use photo::{open, see};
pub use photos::{load_folder, load_test, open_splits, prepared_cutout};
pub use progress::Progress;
pub use store::Store;

use clap::{Args, Subcommand};
use std::path::Path;

/// Whether `path` is a folder that `stylewalk data prepare` has made.
pub fn is_prepared(path: &Path) -> bool {
    index::Index::is_in(path)
}

/// Prepare, check or draw photographs, or measure how fast they are read.
#[derive(Args, Debug)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Subcommand, Debug)]
enum DataCommand {
    /// Check every picture in a folder, a tar or ZIP file, or a prepared folder: counts, sizes, labels, what is refused and why
    Check(check::CheckArgs),
    /// Draw outfits into FOLDER/{train,test}/LABEL/00000.png, for a first training without a download
    Draw(draw::DrawArgs),
    /// Crop and resize photographs once, into shards that `train` streams from disk
    Prepare(prepare::PrepareArgs),
    /// Measure how many photographs a second can be read, and how much memory that takes
    Speed(speed::SpeedArgs),
}

/// Runs `stylewalk data ...`.
///
/// # Errors
/// Data that cannot be read or written, or that holds no usable picture.
pub fn run(args: DataArgs) -> anyhow::Result<()> {
    match args.command {
        DataCommand::Check(args) => check::run(&args),
        DataCommand::Draw(args) => draw::run(&args),
        DataCommand::Prepare(args) => prepare::run(&args),
        DataCommand::Speed(args) => speed::run(&args),
    }
}
