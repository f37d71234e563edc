//! How fast a training goes from one report to the next.

use std::time::{Duration, Instant};

use crate::ranks::Team;

/// The steps since a report.
pub struct Pace {
    step: u64,
    since: Instant,
    waited: Option<Duration>,
}

impl Pace {
    /// From step `step`, now.
    pub fn begin(step: u64, team: Team) -> Self {
        Self {
            step,
            since: Instant::now(),
            waited: team.waited(),
        }
    }

    /// Steps a second up to step `step`, now.
    pub fn rate(&self, step: u64) -> f64 {
        (step - self.step) as f64 / self.since.elapsed().as_secs_f64()
    }

    /// The share of the time that was spent on sums with the other ranks, and waiting for them; none for one alone.
    pub fn waiting(&self, team: Team) -> Option<f64> {
        let waited = team.waited()?.saturating_sub(self.waited?);
        Some(waited.as_secs_f64() / self.since.elapsed().as_secs_f64())
    }
}
