//! What a run writes down while it trains: `stats.jsonl` for programs, TensorBoard's events for people.

use anyhow::Result;
use bigan::Losses;
use images::RgbImage;
use serde::Serialize;

use super::run_dir::RunDir;
use crate::events::Events;
use crate::files::Log;

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
    /// Where several ranks train, the share of the time that rank 0 spent on sums with the others, and waiting for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub waiting: Option<f64>,
}

/// The open files.
pub struct Journal {
    stats: Log,
    events: Events,
}

impl Journal {
    /// Opens the journal of a run that has taken `step` steps.
    pub fn open(dir: &RunDir, step: u64) -> Result<Self> {
        Ok(Self {
            stats: Log::open(&dir.stats_path())?,
            events: Events::create(dir.path(), step)?,
        })
    }

    /// Writes a line, and a scalar for each of its numbers.
    ///
    /// # Errors
    /// Some of it could not be written, and waits for the next line.
    pub fn write(&mut self, line: &Line) -> Result<()> {
        let text = serde_json::to_string(line)? + "\n";
        let mut written = self.stats.append(text.as_bytes());
        let rate = line.images_per_second as f32;
        let losses = line.losses.named().into_iter();
        let losses = losses.map(|(key, loss)| (format!("loss/{key}"), loss));
        let diversity = line.diversity.map(|found| found as f32);
        let waiting = line.waiting.map(|share| share as f32);
        let others = [
            ("diversity", diversity),
            ("images_per_second", Some(rate)),
            ("waiting", waiting),
        ];
        let others = others.into_iter();
        let others = others.filter_map(|(tag, value)| Some((tag.to_owned(), value?)));
        // Each takes its place in the queue, whatever became of the one before.
        for (tag, value) in losses.chain(others) {
            written = written.and(self.events.scalar(line.step, &tag, value));
        }
        written
    }

    /// Shows a grid in TensorBoard.
    ///
    /// # Errors
    /// It could not be written, and waits for the next line.
    pub fn picture(&mut self, step: u64, name: &str, grid: &RgbImage) -> Result<()> {
        self.events.picture(step, &format!("grids/{name}"), grid)
    }
}
