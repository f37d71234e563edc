//! `stylewalk data prepare`: photographs cropped and resized once, into shards that training streams.
//!
//! The source's names and the settings alone decide which photographs a shard holds, so that neither the number of
//! threads nor an interruption changes a byte of it.

mod progress;
mod shard;
mod summary;
mod unfinished;

use super::crop::CropArgs;
use super::cropped::Crop;
use super::index::{CUTOUT, Contents, Index, Origin, REFUSED, Settings};
use super::oddities::Oddities;
use super::photos::nothing_usable;
use super::progress::Progress;
use super::sample::Layout;
use super::source::{Candidate, Refused, Source};
use super::split::Split;
use super::store::Store;
use crate::files;
use crate::interrupt::stop_on_interrupt;
use anyhow::{bail, ensure};
use bigan::NetworkConfig;
use clap::Args;
use progress::{ShardPlan, ShardProgress};
use shard::Work;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use unfinished::{Preparation, Unfinished};

/// The share for testing where the source is not divided and none is asked for.
const TEST_SHARE: f64 = 0.1;

/// Crop and resize photographs once, into shards that training streams.
#[derive(Args, Debug)]
pub struct PrepareArgs {
    /// Folder of photographs, of archives, or one archive (.tar, .tar.gz, .zip); where it has `train` and `test`, those are
    /// the two splits
    source: PathBuf,
    /// Folder to write to; one that the same command began is resumed
    out: PathBuf,
    /// How photographs become square: pad (with the border's colour) or crop
    #[arg(long, default_value = "pad")]
    fit: images::Fit,
    /// Height and width of the pictures, in pixels: 32, 64 or 128, as `train --side` takes them
    #[arg(long, default_value_t = bigan::SIDE, value_parser = side)]
    side: usize,
    #[command(flatten)]
    crop: CropArgs,
    /// Share of the photographs to keep apart for testing where the source has no `test`, from 0 to 1 [default: 0.1,
    /// and 0 where the source has a `train`]
    #[arg(long, value_parser = super::draw::share)]
    test_share: Option<f64>,
    /// Seed that draws the photographs kept apart for testing
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Most photographs in a shard
    #[arg(long, default_value_t = 4096, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    shard_size: u64,
    /// Print what was made as JSON
    #[arg(long)]
    json: bool,
}

/// Runs `stylewalk data prepare`.
///
/// # Errors
/// The source has nothing usable, the folder was started with other settings, or writing fails.
pub fn run(args: &PrepareArgs) -> anyhow::Result<()> {
    let stop = stop_on_interrupt("stopping; Ctrl-C again ends at once")?;
    prepare(args, &stop)
}

/// Does the work until it is done or `stop` is set.
pub(super) fn prepare(args: &PrepareArgs, stop: &AtomicBool) -> anyhow::Result<()> {
    ensure!(
        !Index::is_in(&args.source),
        "{} is prepared already; train on it as it is",
        args.source.display()
    );
    let inside = std::path::absolute(&args.out)?.starts_with(std::path::absolute(&args.source)?);
    ensure!(
        !inside,
        "{} lies in the source {}; name a folder outside it",
        args.out.display(),
        args.source.display()
    );
    let side = args.side as u32; // 128 at most
    let cropper = args.crop.open(side)?;
    let source = Source::open(&args.source)?;
    let settings = args.settings(&source, cropper.crop())?;
    let origin = Origin {
        path: args.source.display().to_string(),
        pictures: source.candidates.len() as u64,
        left_out: source.outside_splits() as u64,
        sha256: source.sha256(),
    };
    let unfinished = match Unfinished::open(&args.out, side, &settings, &origin)? {
        Preparation::Unfinished(unfinished) => unfinished,
        Preparation::Complete(index) => {
            eprintln!("{} is prepared already", args.out.display());
            return summary::print(&index, &args.out, args.json);
        }
    };
    let plans = plan(&source, &settings);
    let work = Work {
        source: &source,
        cropper: &cropper,
        fit: args.fit,
        layout: Layout::new(side),
        unfinished: &unfinished,
        stop,
    };
    let Some(shards) = make_all(&work, &plans)? else {
        bail!(
            "stopped; the same command goes on from there, in {}",
            args.out.display()
        );
    };
    if let Some(cutout) = cropper.cutout() {
        // Who trains on the folder publishes the network with the model: its user's photographs become the same.
        files::write_dir(&args.out.join(CUTOUT), &cutout.contents()?)?;
    }
    let index = finish(args, &source, settings, origin, &plans, shards)?;
    unfinished.remove()?;
    summary::print(&index, &args.out, args.json)?;
    Oddities::in_prepared(&Store::all_prepared(&args.out, &index)?)?.tell();
    Ok(())
}

/// Makes every shard that is not made yet. None when it was stopped.
fn make_all(
    work: &Work<'_>,
    plans: &[ShardPlan<'_>],
) -> anyhow::Result<Option<Vec<ShardProgress>>> {
    let earlier: Vec<ShardProgress> = plans
        .iter()
        .map(|plan| work.unfinished.load(&plan.file, work.layout))
        .collect::<anyhow::Result<_>>()?;
    let total = plans.iter().map(|plan| plan.candidates.len() as u64).sum();
    let done = earlier.iter().map(|shard| shard.done).sum();
    let mut bar = Progress::new("preparing photographs", done, total);
    let mut shards = Vec::with_capacity(plans.len());
    for (plan, shard) in plans.iter().zip(earlier) {
        let Some(shard) = work.make(plan, shard, &mut bar)? else {
            bar.end();
            return Ok(None);
        };
        shards.push(shard);
    }
    bar.end();
    Ok((!work.stop.load(Ordering::Relaxed)).then_some(shards))
}

/// Which candidates go into which shard: a function of the source's names and the settings.
fn plan<'a>(source: &'a Source, settings: &Settings) -> Vec<ShardPlan<'a>> {
    let divided = source.is_divided();
    let drawn = |found: &Candidate| Split::draw(&found.name(), settings.seed, settings.test_share);
    let split = |found: &Candidate| match found.split {
        // A share of `train` becomes `test` only where there is no test.
        Some(Split::Train) => Some(drawn(found)),
        Some(Split::Test) => Some(Split::Test),
        None if divided => None,
        None => Some(drawn(found)),
    };
    let mut plans = Vec::new();
    for wanted in Split::ALL {
        let candidates: Vec<&Candidate> = source
            .candidates
            .iter()
            .filter(|found| split(found) == Some(wanted))
            .collect();
        let size = settings.shard_size as usize;
        for (number, candidates) in candidates.chunks(size).enumerate() {
            plans.push(ShardPlan {
                split: wanted,
                file: format!("{wanted}-{number:05}.tar"),
                first: (number * size) as u64,
                candidates: candidates.to_vec(),
            });
        }
    }
    plans
}

/// Writes what was left out, and the index: last, so that a folder with an index is whole.
fn finish(
    args: &PrepareArgs,
    source: &Source,
    settings: Settings,
    origin: Origin,
    plans: &[ShardPlan<'_>],
    shards: Vec<ShardProgress>,
) -> anyhow::Result<Index> {
    let mut refused: Vec<Refused> = source.damaged.clone();
    let mut splits: BTreeMap<Split, Contents> = BTreeMap::new();
    for (plan, mut made) in plans.iter().zip(shards) {
        refused.append(&mut made.refused);
        let Some(shard) = made.shard(&plan.file) else {
            continue; // nothing in it could be used
        };
        let contents = splits.entry(plan.split).or_default();
        contents.photographs += made.photographs;
        contents.whole += made.whole;
        for (label, count) in made.labels {
            *contents.labels.entry(label).or_default() += count;
        }
        contents.shards.push(shard);
    }
    if !splits.contains_key(&Split::Train) {
        bail!(nothing_usable(&args.source, &refused));
    }
    let mut lines = Vec::new();
    for refused in &refused {
        serde_json::to_writer(&mut lines, refused)?;
        lines.push(b'\n');
    }
    files::write(&args.out.join(REFUSED), &lines)?;
    let index = Index::new(
        args.side as u32,
        settings,
        origin,
        refused.len() as u64,
        splits,
    );
    index.write(&args.out)?;
    Ok(index)
}

/// A side that there are networks for.
pub(super) fn side(word: &str) -> Result<usize, String> {
    let side = word
        .parse()
        .map_err(|_| format!("`{word}` is no whole number"))?;
    let networks = NetworkConfig {
        side,
        ..NetworkConfig::PAPER
    };
    let fits = networks.validate().map(|()| side);
    fits.map_err(|error| error.to_string())
}

impl PrepareArgs {
    fn settings(&self, source: &Source, crop: &Crop) -> anyhow::Result<Settings> {
        let has_test = source
            .candidates
            .iter()
            .any(|found| found.split == Some(Split::Test));
        ensure!(
            self.test_share.is_none() || !has_test,
            "{} has a test split of its own; leave --test-share out",
            self.source.display()
        );
        let usual = if source.is_divided() { 0.0 } else { TEST_SHARE };
        Ok(Settings {
            fit: self.fit,
            crop: crop.clone(),
            test_share: self.test_share.unwrap_or(usual),
            seed: self.seed,
            shard_size: self.shard_size,
        })
    }
}
