//! How long a part may still take.

use std::time::Instant;

/// Runs from when it was made.
pub struct Clock {
    start: Instant,
    seconds: f64,
}

impl Clock {
    /// That ends after so many seconds.
    pub fn of(seconds: f64) -> Self {
        Self {
            start: Instant::now(),
            seconds,
        }
    }

    /// Milliseconds since it began.
    pub fn now(&self) -> f64 {
        1e3 * self.start.elapsed().as_secs_f64()
    }

    /// Whether time is over.
    pub fn is_over(&self) -> bool {
        self.start.elapsed().as_secs_f64() > self.seconds
    }
}
