//! Folders of photographs: reading them for training, checking them, and drawing one.

mod check;
mod draw;
mod folder;
mod photos;
#[cfg(test)]
mod tests;

pub use folder::label;
pub use photos::{load_folder, open};

use clap::{Args, Subcommand};

/// Check a folder of photos, or draw one.
#[derive(Args, Debug)]
pub struct DataArgs {
    #[command(subcommand)]
    command: DataCommand,
}

#[derive(Subcommand, Debug)]
enum DataCommand {
    /// Look at every picture under a folder: counts, sizes, labels, and what is refused and why
    Check(check::CheckArgs),
    /// Write drawn outfits as FOLDER/{train,test}/LABEL/00000.png, for a first training without a download
    Draw(draw::DrawArgs),
}

/// Runs `stylewalk data ...`.
///
/// # Errors
/// A folder that cannot be read or written, or that holds no usable picture.
pub fn run(args: DataArgs) -> anyhow::Result<()> {
    match args.command {
        DataCommand::Check(args) => check::run(&args),
        DataCommand::Draw(args) => draw::run(&args),
    }
}
