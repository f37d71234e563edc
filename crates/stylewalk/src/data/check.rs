use super::folder::{Found, find, label};
use super::photos::open;
use clap::Args;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Look at every picture under a folder.
#[derive(Args, Debug)]
pub struct CheckArgs {
    /// Folder of photos; the folders directly in it are the labels
    folder: PathBuf,
    /// Print the figures as JSON instead of text
    #[arg(long)]
    json: bool,
}

/// What a folder of photos holds.
#[derive(Debug, Default, Serialize, PartialEq)]
pub struct Report {
    /// Pictures that training can use.
    usable: usize,
    /// Files that are no pictures by their names (lists, licences).
    other_files: usize,
    /// Usable pictures per first-level folder; those outside any are under "".
    labels: BTreeMap<String, usize>,
    /// Shorter and longer side of the usable pictures; absent without any.
    sides: Option<Sides>,
    /// Pictures that training skips.
    refused: Vec<Refused>,
}

/// Sides in pixels, over all usable pictures.
#[derive(Debug, Serialize, PartialEq)]
pub struct Sides {
    smallest: u32,
    median_of_the_shorter: u32,
    largest: u32,
}

#[derive(Debug, Serialize, PartialEq)]
pub struct Refused {
    file: PathBuf,
    reason: String,
}

/// Runs `stylewalk data check`; a folder without any usable picture is an error, after its report.
pub fn run(args: &CheckArgs) -> anyhow::Result<()> {
    let report = examine(&args.folder)?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{}", report.text());
    }
    anyhow::ensure!(
        report.usable > 0,
        "no picture under {} can be used for training",
        args.folder.display()
    );
    Ok(())
}

/// Decodes every picture under `root`.
pub fn examine(root: &Path) -> anyhow::Result<Report> {
    let Found { pictures, others } = find(root)?;
    let sizes: Vec<_> = pictures
        .into_par_iter()
        .map(|name| {
            let size = open(&root.join(&name)).map(|picture| picture.dimensions());
            (name, size)
        })
        .collect();
    let mut report = Report {
        other_files: others,
        ..Report::default()
    };
    let mut usable = Vec::new();
    for (file, size) in sizes {
        match size {
            Ok(size) => {
                *report
                    .labels
                    .entry(label(&file).unwrap_or_default())
                    .or_default() += 1;
                usable.push(size);
            }
            Err(error) => report.refused.push(Refused {
                file,
                reason: error.root_cause().to_string(),
            }),
        }
    }
    report.usable = usable.len();
    report.sides = sides(&usable);
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
    fn text(&self) -> String {
        let mut lines = vec![format!("{} usable pictures", self.usable)];
        if let Some(sides) = &self.sides {
            lines.push(format!(
                "sides from {} to {} pixels, the shorter one {} in the middle of all",
                sides.smallest, sides.largest, sides.median_of_the_shorter
            ));
        }
        for (label, count) in &self.labels {
            let name = if label.is_empty() {
                "(no folder)"
            } else {
                label
            };
            lines.push(format!("{count:>8}  {name}"));
        }
        if self.other_files > 0 {
            lines.push(format!("{} other files, not looked at", self.other_files));
        }
        lines.push(format!("{} refused", self.refused.len()));
        for refused in &self.refused {
            lines.push(format!(
                "    {}: {}",
                refused.file.display(),
                refused.reason
            ));
        }
        lines.join("\n") + "\n"
    }
}
