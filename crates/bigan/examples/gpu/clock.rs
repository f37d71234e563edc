//! How long a part may still take.

use std::cell::Cell;
use std::time::Instant;

/// Runs from when it was made.
pub struct Clock {
    start: Instant,
    seconds: f64,
    asked: Cell<bool>,
}

impl Clock {
    /// That ends after so many seconds.
    pub fn of(seconds: f64) -> Self {
        Self {
            start: Instant::now(),
            seconds,
            asked: Cell::new(false),
        }
    }

    /// Milliseconds since it began.
    pub fn now(&self) -> f64 {
        1e3 * self.start.elapsed().as_secs_f64()
    }

    /// Whether time is over. It never is for the first that asks: no part is without any figures.
    pub fn is_over(&self) -> bool {
        self.asked.replace(true) && self.start.elapsed().as_secs_f64() > self.seconds
    }
}
