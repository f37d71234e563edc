//! Progress through many photographs: a bar on a terminal, a line now and then in a log file.

use indicatif::{HumanDuration, ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::time::{Duration, Instant};

/// Time between lines in a log file.
const PAUSE: Duration = Duration::from_secs(10);

/// The progress through a number of photographs.
pub struct Progress {
    bar: ProgressBar,
    what: &'static str,
    started: Instant,
    said: Instant,
    /// Done when this began, and not counted in its speed.
    before: u64,
}

impl Progress {
    /// `before` of `total` photographs are done; `what` is being done.
    pub fn new(what: &'static str, before: u64, total: u64) -> Self {
        let bar = ProgressBar::new(total).with_position(before);
        let style = ProgressStyle::with_template("{prefix} {bar:24} {pos}/{len} {msg} left {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.set_prefix(what);
        bar.reset_eta();
        Self {
            bar,
            what,
            started: Instant::now(),
            said: Instant::now(),
            before,
        }
    }

    /// `count` more are done.
    pub fn add(&mut self, count: u64) {
        self.bar.inc(count);
        let done = self.bar.position();
        let rate = (done - self.before) as f64 / self.started.elapsed().as_secs_f64();
        let speed = format!("{rate:.0} images/s");
        if !std::io::stderr().is_terminal() && self.said.elapsed() > PAUSE {
            self.said = Instant::now();
            let total = self.bar.length().unwrap_or(done);
            let left = total.saturating_sub(done) as f64 / rate;
            let left = HumanDuration(Duration::try_from_secs_f64(left).unwrap_or_default());
            eprintln!("{} {done}/{total}  {speed}  left {left}", self.what);
        }
        self.bar.set_message(speed);
    }

    /// Removes the bar.
    pub fn end(self) {
        self.bar.finish_and_clear();
    }
}
