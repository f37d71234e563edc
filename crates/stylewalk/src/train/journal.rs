//! What a run writes down while it trains: `stats.jsonl` for programs, TensorBoard's events for people.

use std::fs::File;
use std::io::Write;

use anyhow::{Context, Result};
use bigan::Losses;
use images::RgbImage;
use serde::Serialize;

use super::run_dir::RunDir;
use crate::events::Events;

/// A line of `stats.jsonl`.
#[derive(Serialize)]
pub struct Line {
    /// Steps taken.
    pub step: u64,
    /// The losses of the last of them.
    #[serde(flatten)]
    pub losses: Losses,
    /// Pictures trained on in a second since the line before.
    pub images_per_second: f64,
    /// Mean L2 distance between samples over that between photographs; only in the lines of steps that look for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub diversity: Option<f64>,
}

/// The open files.
pub struct Journal {
    stats: File,
    events: Events,
}

impl Journal {
    /// Opens the journal of a run that has taken `step` steps.
    pub fn open(dir: &RunDir, step: u64) -> Result<Self> {
        Ok(Self {
            stats: dir.stats()?,
            events: Events::create(dir.path(), step)?,
        })
    }

    /// Writes a line, and a scalar for each of its numbers.
    pub fn write(&mut self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line)? + "\n";
        self.stats
            .write_all(text.as_bytes())
            .context("could not write stats.jsonl")?;
        for (key, loss) in line.losses.named() {
            self.events
                .scalar(line.step, &format!("loss/{key}"), loss)?;
        }
        if let Some(diversity) = line.diversity {
            self.events
                .scalar(line.step, "diversity", diversity as f32)?;
        }
        let rate = line.images_per_second as f32;
        self.events.scalar(line.step, "images_per_second", rate)
    }

    /// Shows a grid in TensorBoard.
    pub fn picture(&mut self, step: u64, name: &str, grid: &RgbImage) -> Result<()> {
        self.events.picture(step, &format!("grids/{name}"), grid)
    }
}
