//! When a training is saved beside every so many steps, and what becomes of that on a disk without room.

use std::time::{Duration, Instant};

use anyhow::{Error, Result};

use super::trouble::Trouble;

/// Time from a checkpoint that could not be written to the next try.
const TRY_AGAIN: Duration = Duration::from_secs(30);

/// The checkpoints of a training.
pub struct Saving {
    /// Most time from one to the next; none where the steps alone count.
    every: Option<Duration>,
    /// When the last one was written or tried.
    last: Instant,
    trouble: Trouble,
}

impl Saving {
    /// A training that begins now and saves every so many minutes; never where those are 0.
    pub fn every(minutes: f64) -> Self {
        // More than the clock can tell is never as well.
        let every = Duration::try_from_secs_f64(60.0 * minutes).ok();
        Self {
            every: every.filter(|every| !every.is_zero()),
            last: Instant::now(),
            trouble: Trouble::until("checkpoints can be written again"),
        }
    }

    /// Whether time alone asks for a checkpoint at `now`.
    pub fn is_due(&self, now: Instant) -> bool {
        let again = self.trouble.lasts().then_some(TRY_AGAIN);
        let wait = [self.every, again].into_iter().flatten().min();
        wait.is_some_and(|wait| now - self.last >= wait)
    }

    /// Takes what became of a checkpoint, and hands what a person should know to `say`.
    pub fn see(&mut self, tried: Result<()>, say: impl FnOnce(&str)) {
        self.last = Instant::now();
        self.trouble.see(tried, say);
    }

    /// The same for the last one, which was not written yet.
    pub fn see_last(&mut self, error: Error, say: impl FnOnce(&str)) {
        self.trouble.see_last(error, say);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn time_asks_for_a_checkpoint_and_a_failed_one_is_tried_again_soon() {
        let mut saving = Saving::every(10.0);
        let after = |seconds: u64| Instant::now() + Duration::from_secs(seconds);
        assert!(!saving.is_due(after(500)) && saving.is_due(after(600)));
        saving.see(Err(anyhow!("no room")), |_| {});
        assert!(saving.is_due(after(30)) && !saving.is_due(after(20)));
        saving.see(Ok(()), |_| {});
        assert!(!saving.is_due(after(500)));
        let mut never = Saving::every(0.0);
        assert!(!never.is_due(after(1_000_000)));
        never.see(Err(anyhow!("no room")), |_| {});
        assert!(never.is_due(after(30)));
    }
}
