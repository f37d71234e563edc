//! How the time is shared: what one part leaves over, the next ones have.

use std::time::{Duration, Instant};

/// Time that began to run when it was made.
#[derive(Clone, Copy)]
pub struct Budget {
    start: Instant,
    whole: Duration,
}

impl Budget {
    /// So many minutes from now on.
    pub fn start(minutes: f64) -> Self {
        Self {
            start: Instant::now(),
            whole: Duration::try_from_secs_f64(60.0 * minutes).unwrap_or_default(),
        }
    }

    /// When this part of it, of 1, is over.
    pub fn until(self, share: f64) -> Instant {
        self.start + self.whole.mul_f64(share)
    }
}

/// What is left until then.
pub fn left(until: Instant) -> Duration {
    until.saturating_duration_since(Instant::now())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_ends_at_its_share() {
        let budget = Budget::start(15.0);
        let part = budget.until(0.5) - budget.until(0.1);
        assert_eq!(part, Duration::from_secs(360));
        assert!(left(budget.until(1.0)) > Duration::from_secs(890));
        assert_eq!(left(Budget::start(0.0).until(1.0)), Duration::ZERO);
        // Less than nothing is nothing.
        assert_eq!(left(Budget::start(-1.0).until(1.0)), Duration::ZERO);
    }
}
