//! `sample --each`: every picture in a file of its own, and their codes; a few at a time, so that any number takes the same
//! memory.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Serialize;
use serde_json::json;

use super::Codes;
use crate::data::Progress;
use crate::files;
use crate::networks::Networks;

/// The file of codes.
const CODES: &str = "codes.jsonl";
/// Pictures made at a time.
const BATCH: usize = 32;
/// Digits of a picture's number in its file's name: those of a million sort as they were made.
const DIGITS: usize = 6;

/// A line of [`CODES`].
#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    /// D's probability that picture and code are a real pair.
    score: f32,
    latent: &'a [f32],
}

/// Refuses a folder that holds something.
pub fn check(folder: &Path) -> Result<()> {
    let empty = match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    };
    ensure!(
        empty,
        "{} is not an empty folder; name another for --each",
        folder.display()
    );
    Ok(())
}

/// Writes `count` pictures of `codes` into `folder`.
pub fn write(
    folder: &Path,
    count: usize,
    mut codes: Codes,
    networks: &Networks,
    json: bool,
) -> Result<()> {
    fs::create_dir_all(folder)
        .with_context(|| format!("could not make the folder {}", folder.display()))?;
    let list = folder.join(CODES);
    let failed = || format!("could not write {}", list.display());
    let mut lines = BufWriter::new(File::create(&list).with_context(failed)?);
    let mut progress = Progress::new("making pictures", 0, count as u64);
    let mut probabilities = 0.0;
    for first in (0..count).step_by(BATCH) {
        let made = networks.decode(&codes.next(BATCH.min(count - first)))?;
        for (number, made) in (first..).zip(&made) {
            let name = format!("{number:0DIGITS$}.png");
            let path = folder.join(&name);
            fs::write(&path, images::png(&made.picture))
                .with_context(|| format!("could not write {}", path.display()))?;
            let line = Line {
                file: &name,
                score: made.probability,
                latent: &made.code,
            };
            serde_json::to_writer(&mut lines, &line).with_context(failed)?;
            lines.write_all(b"\n").with_context(failed)?;
            probabilities += f64::from(made.probability);
        }
        progress.add(made.len() as u64);
    }
    lines.flush().with_context(failed)?;
    progress.end();
    let mean = probabilities / count as f64;
    if json {
        let (out, codes) = (files::text(folder), files::text(&list));
        println!(
            "{}",
            json!({ "out": out, "codes": codes, "count": count, "score": mean })
        );
    } else {
        println!(
            "{}: {count} pictures and their codes in {CODES}, D {:.0} % on average",
            folder.display(),
            100.0 * mean
        );
    }
    Ok(())
}
