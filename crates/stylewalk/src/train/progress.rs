//! What a person sees while training: a bar on a terminal, plain lines in a log file.

use std::io::IsTerminal;
use std::time::Duration;

use bigan::{Losses, TERMS};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

/// The progress of a run.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    batch: usize,
    last: u64,
}

impl Progress {
    /// From step `from` to step `to`, `batch` pictures each.
    pub fn new(from: u64, to: u64, batch: usize) -> Self {
        let bar = ProgressBar::new(to).with_position(from);
        let style = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} left {eta}");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        bar.reset_eta();
        Self {
            bar,
            plain: !std::io::stderr().is_terminal(),
            batch,
            last: from,
        }
    }

    /// Reports step `step`; `rate` is in steps a second.
    pub fn report(&mut self, step: u64, losses: &Losses, rate: f64) {
        let images = rate * self.batch as f64;
        let message = format!("{}  {images:.1} images/s", described(losses));
        self.bar.set_position(step);
        // A log file gets a line now and then instead of a bar.
        if self.plain && step >= self.last + 100 {
            let total = self.bar.length().unwrap_or(step);
            let left = total.saturating_sub(step) as f64 / rate;
            let left = HumanDuration(Duration::try_from_secs_f64(left).unwrap_or_default());
            eprintln!("step {step}/{total}  {message}  left {left}");
            self.last = step;
        }
        self.bar.set_message(message);
    }

    /// A line above the bar.
    pub fn say(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }

    /// Leaves the bar as it is.
    pub fn end(&self) {
        self.bar.abandon();
    }
}

/// D's loss, and every term of G and E that counts.
fn described(losses: &Losses) -> String {
    let named = losses.named();
    let value = |key| named.iter().find(|(name, _)| *name == key);
    let mut text = format!("D {:.3}", losses.discriminator);
    for term in &TERMS {
        if let Some((_, loss)) = value(term.key).filter(|(_, loss)| *loss != 0.0) {
            text += &format!("  {} {loss:.3}", term.symbol);
        }
    }
    text
}
