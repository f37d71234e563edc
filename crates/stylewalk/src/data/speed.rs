//! `stylewalk data speed`: how fast photographs can be read, without any network.

use super::batches::Batches;
use super::photos::open_splits;
use crate::cutout::{self, CutoutArgs};
use bigan::trainer::Sampler;
use clap::Args;
use serde::Serialize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// Measure how fast photographs are read.
#[derive(Args, Debug)]
pub struct SpeedArgs {
    /// Prepared folder, folder of photographs, tar or ZIP file
    data: PathBuf,
    /// How photographs become square: pad or crop
    #[arg(long, default_value = "pad")]
    fit: images::Fit,
    /// Height and width of the pictures, in pixels
    #[arg(long, default_value_t = bigan::SIDE, value_parser = super::prepare::side)]
    side: usize,
    #[command(flatten)]
    cutout: CutoutArgs,
    /// Pictures a batch
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    batch: u32,
    /// Batches to take
    #[arg(long, default_value_t = 2000, value_parser = clap::value_parser!(u32).range(1..))]
    batches: u32,
    /// Mirror pictures at random
    #[arg(long)]
    flips: bool,
    /// Print the figures as JSON instead of text
    #[arg(long)]
    json: bool,
}

/// The figures.
#[derive(Debug, Serialize)]
struct Speed {
    /// Photographs to train on.
    photographs: usize,
    /// Seconds until training could begin: decoding a folder, or checking a prepared one's hashes.
    opening_seconds: f64,
    /// Photographs a second, as batches in [-1, 1].
    images_per_second: f64,
    /// The most memory this program held at once, in bytes; absent where the system does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    peak_memory: Option<u64>,
}

/// Runs `stylewalk data speed`.
///
/// # Errors
/// The data cannot be read.
pub fn run(args: &SpeedArgs) -> anyhow::Result<()> {
    let began = Instant::now();
    let cutout = args.cutout.open(&args.data)?;
    let preprocess = cutout::preprocess(args.fit, args.side, cutout.as_ref())?;
    let photos = Arc::new(open_splits(&args.data, &preprocess)?.train);
    let opening_seconds = began.elapsed().as_secs_f64();
    let sampler = Sampler::new(0, photos.len(), args.batch as usize, args.flips);
    let mut batches = Batches::new(&photos, sampler, 0)?;
    let began = Instant::now();
    for _ in 0..args.batches {
        batches.next()?;
    }
    let images = f64::from(args.batch) * f64::from(args.batches);
    let speed = Speed {
        photographs: photos.len(),
        opening_seconds,
        images_per_second: images / began.elapsed().as_secs_f64(),
        peak_memory: peak_memory(),
    };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&speed)?);
        return Ok(());
    }
    println!("{:>12} photographs", speed.photographs);
    println!(
        "{:>12.2} s until training could begin",
        speed.opening_seconds
    );
    println!("{:>12.0} images/s", speed.images_per_second);
    if let Some(bytes) = speed.peak_memory {
        println!("{:>12.1} MB of memory at most", bytes as f64 / 1e6);
    }
    Ok(())
}

/// The program's peak resident memory in bytes, where the system reports it, as Linux does.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
