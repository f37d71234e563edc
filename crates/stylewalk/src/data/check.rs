//! `stylewalk data check`: decodes every picture and reports what training can use.

use super::index::Index;
use super::oddities::{Copied, Look, Oddities};
use super::photo::reason;
use super::source::{Refused, Source};
use super::store::Store;
use crate::terminal::plain;
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Check every picture.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Folder of photos, tar or ZIP file, or prepared folder; the folders directly in it, or in its `train` and `test`, are the
    /// labels
    data: PathBuf,
    /// Print the figures as JSON instead of text
    #[arg(long)]
    json: bool,
}

/// What the data holds.
#[derive(Debug, Default, Serialize, PartialEq)]
pub struct Report {
    /// Pictures that training can use.
    usable: usize,
    /// Files whose names are not those of pictures (lists, licences).
    other_files: usize,
    /// Usable pictures per split; empty where the data is not divided.
    splits: BTreeMap<String, usize>,
    /// Usable pictures per label; those without one are under "".
    labels: BTreeMap<String, usize>,
    /// Shorter and longer side of the usable pictures; absent without any.
    sides: Option<Sides>,
    /// How folders' names were understood, where somebody may have meant it otherwise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
    /// Usable pictures that are copies of others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    copies: Vec<Copied>,
    /// Usable pictures that show nothing but one colour.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    one_colour: Vec<String>,
    /// The same in sentences.
    #[serde(skip)]
    oddities: Vec<String>,
    /// Pictures, folders, archives and shards that training skips or cannot use.
    refused: Vec<Refused>,
}

/// Sides in pixels, over all usable pictures.
#[derive(Debug, Serialize, PartialEq)]
pub struct Sides {
    smallest: u32,
    median_of_the_shorter: u32,
    largest: u32,
}

/// Runs `stylewalk data check`; data without any usable picture, and a damaged prepared folder, are errors after their
/// report.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let report = examine(&args.data)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    anyhow::ensure!(
        report.usable > 0,
        "no picture under {} can be used for training",
        args.data.display()
    );
    anyhow::ensure!(
        report.refused.is_empty() || !Index::is_in(&args.data),
        "{} is damaged; copy the files named above again, or prepare the photographs again into a new folder",
        args.data.display()
    );
    Ok(())
}

/// Decodes every picture under `root`, or checks every shard of a prepared folder.
pub fn examine(root: &Path) -> anyhow::Result<Report> {
    if Index::is_in(root) {
        return examine_prepared(root);
    }
    let source = Source::open(root)?;
    let looks: Vec<anyhow::Result<_>> = source
        .candidates
        .par_iter()
        .map(|candidate| {
            let picture = source.read(candidate)?;
            Ok((picture.dimensions(), Look::at(&picture)))
        })
        .collect();
    let mut report = Report {
        other_files: source.others,
        notes: source.notes.clone(),
        refused: source.damaged.clone(),
        ..Report::default()
    };
    let (mut usable, mut oddities) = (Vec::new(), Oddities::default());
    for (candidate, look) in source.candidates.iter().zip(looks) {
        match look {
            Ok((size, look)) => {
                oddities.see(candidate.name(), look);
                if let Some(split) = candidate.split {
                    *report.splits.entry(split.to_string()).or_default() += 1;
                }
                let label = candidate.label.clone().unwrap_or_default();
                *report.labels.entry(label).or_default() += 1;
                usable.push(size);
            }
            Err(error) => report.refused.push(candidate.refused(reason(&error))),
        }
    }
    report.usable = usable.len();
    report.sides = sides(&usable);
    report.note(oddities);
    Ok(report)
}

fn examine_prepared(root: &Path) -> anyhow::Result<Report> {
    let index = Index::read(root)?;
    let mut report = Report {
        sides: sides(&[(index.side, index.side)]),
        ..Report::default()
    };
    for (split, contents) in &index.splits {
        let checked: Vec<_> = contents
            .shards
            .par_iter()
            .map(|shard| (shard, index.verify(root, shard)))
            .collect();
        let mut whole = 0;
        for (shard, verified) in checked {
            match verified {
                Ok(_) => whole += shard.photographs as usize,
                Err(error) => report.refused.push(Refused {
                    file: shard.file.clone(),
                    reason: reason(&error),
                }),
            }
        }
        report.usable += whole;
        report.splits.insert(split.to_string(), whole);
        for (label, count) in &contents.labels {
            *report.labels.entry(label.clone()).or_default() += *count as usize;
        }
    }
    if report.refused.is_empty() {
        let stores = Store::all_prepared(root, &index)?;
        report.note(Oddities::in_prepared(&stores)?);
    }
    Ok(report)
}

fn sides(sizes: &[(u32, u32)]) -> Option<Sides> {
    let mut shorter: Vec<u32> = sizes
        .iter()
        .map(|&(width, height)| width.min(height))
        .collect();
    shorter.sort_unstable();
    Some(Sides {
        smallest: *shorter.first()?,
        median_of_the_shorter: shorter[shorter.len() / 2],
        largest: sizes
            .iter()
            .map(|&(width, height)| width.max(height))
            .max()?,
    })
}

impl Report {
    fn note(&mut self, found: Oddities) {
        self.oddities = found.sentences();
        self.copies = found.copies;
        self.one_colour = found.one_colour;
    }

    pub fn text(&self) -> String {
        let mut lines = vec![format!("{} usable pictures", self.usable)];
        for (split, count) in &self.splits {
            lines.push(format!("{count:>8}  to {split}"));
        }
        if let Some(sides) = &self.sides {
            lines.push(format!(
                "sides from {} to {} pixels, the median of the shorter side {}",
                sides.smallest, sides.largest, sides.median_of_the_shorter
            ));
        }
        for (label, count) in &self.labels {
            let name = if label.is_empty() {
                "(no folder)"
            } else {
                &plain(label)
            };
            lines.push(format!("{count:>8}  {name}"));
        }
        lines.extend(self.notes.iter().map(|note| plain(note)));
        lines.extend_from_slice(&self.oddities);
        if self.other_files > 0 {
            lines.push(format!("{} other files, ignored", self.other_files));
        }
        lines.push(format!("{} refused", self.refused.len()));
        for refused in &self.refused {
            lines.push(format!("    {refused}"));
        }
        lines.join("\n") + "\n"
    }
}
