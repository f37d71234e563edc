//! `stylewalk data draw`: drawn outfits, for a first training without a download.

use anyhow::{Context, ensure};
use clap::Args;
use images::png;
use outfits::outfit;
use rayon::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// Write drawn outfits.
#[derive(Args, Debug)]
pub struct DrawArgs {
    /// Folder to write to; created if it is missing
    folder: PathBuf,
    /// How many pictures to draw
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    count: u32,
    /// Seed of the drawing: the same seed draws the same pictures on every machine
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Width and height of each picture in pixels
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(8..=1024))]
    side: u32,
    /// Share of the pictures that go to test/ instead of train/, from 0 to 1
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    test_share: f64,
    /// Write into a folder that is not empty; pictures of the same names are replaced
    #[arg(long)]
    force: bool,
}

/// Parses a share, a number from 0 to 1.
pub fn share(word: &str) -> Result<f64, String> {
    match word.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err(format!("`{word}` is not a number from 0 to 1")),
    }
}

/// Runs `stylewalk data draw`.
pub fn run(args: &DrawArgs) -> anyhow::Result<()> {
    if !args.force {
        ensure_empty(&args.folder)?;
    }
    (0..args.count)
        .into_par_iter()
        .try_for_each(|index| write(args, index))?;
    let test = (0..args.count)
        .filter(|&index| in_test(index, args.test_share))
        .count();
    println!(
        "{} drawn outfits for training and {test} for testing are in {}",
        args.count as usize - test,
        args.folder.display()
    );
    Ok(())
}

fn ensure_empty(folder: &Path) -> anyhow::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    ensure!(
        entries.next().is_none(),
        "{} is not empty; name a new folder, or add --force to write into it",
        folder.display()
    );
    Ok(())
}

/// Draws picture `index` and writes it beside its place first, so that a stopped run leaves no half picture.
fn write(args: &DrawArgs, index: u32) -> anyhow::Result<()> {
    let outfit = outfit(args.seed.wrapping_add(u64::from(index)), args.side);
    let split = if in_test(index, args.test_share) {
        "test"
    } else {
        "train"
    };
    let folder = args.folder.join(split).join(outfit.label);
    let path = folder.join(format!("{index:05}.png"));
    let unfinished = path.with_extension("unfinished");
    let failed = || format!("cannot write {}", path.display());
    fs::create_dir_all(&folder).with_context(failed)?;
    fs::write(&unfinished, png(&outfit.image)).with_context(failed)?;
    fs::rename(&unfinished, &path).with_context(failed)
}

/// Spreads the test pictures evenly: one each time the running share passes a whole number.
fn in_test(index: u32, share: f64) -> bool {
    let before = (f64::from(index) * share).floor();
    (f64::from(index + 1) * share).floor() > before
}
