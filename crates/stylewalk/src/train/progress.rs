//! What a person sees while training: a bar on a terminal, plain lines in a log file.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use bigan::{Losses, TERMS, Term};
use indicatif::{HumanDuration, ProgressBar, ProgressStyle};

/// Steps, and time, between lines in a log file: a line for the earlier of the two.
const STEPS: u64 = 100;
const PAUSE: Duration = Duration::from_secs(60);

/// The progress of a run.
pub struct Progress {
    bar: ProgressBar,
    plain: bool,
    batch: usize,
    /// The step of the last line, and when it was written; none yet.
    last: Option<(u64, Instant)>,
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
            last: None,
        }
    }

    /// Reports step `step`; `rate` is in steps a second, `waiting` the share of the time that other ranks took.
    pub fn report(&mut self, step: u64, losses: &Losses, rate: f64, waiting: Option<f64>) {
        let images = rate * self.batch as f64;
        let mut message = format!("{}  {images:.1} images/s", described(losses));
        if let Some(waiting) = waiting {
            message += &format!(", {:.0} % of the time for sums", 100.0 * waiting);
        }
        self.bar.set_position(step);
        if self.last.is_none() {
            self.say(&legend(losses));
        }
        // A log file gets a line now and then instead of a bar.
        let due = self
            .last
            .is_none_or(|(last, when)| step >= last + STEPS || when.elapsed() >= PAUSE);
        if due {
            self.last = Some((step, Instant::now()));
        }
        if due && self.plain {
            let total = self.bar.length().unwrap_or(step);
            let left = total.saturating_sub(step) as f64 / rate;
            let left = HumanDuration(Duration::try_from_secs_f64(left).unwrap_or_default());
            eprintln!("step {step}/{total}  {message}  left {left}");
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
    let mut text = format!("D {:.3}", losses.discriminator);
    for (term, loss) in counting(losses) {
        text += &format!("  {} {loss:.3}", term.symbol);
    }
    text
}

/// What the losses are, for whoever sees them for the first time.
fn legend(losses: &Losses) -> String {
    let mut text =
        "losses: D is the discriminator's, which tells photographs from pictures made; 0.7 to 1.4 is an even game"
            .to_owned();
    for (term, _) in counting(losses) {
        text += &format!("; {}", meaning(term));
    }
    text
}

/// What a term is, in words that need no paper.
fn meaning(term: &Term) -> String {
    let about = match term.key {
        "adversarial" => "what the generator and the encoder lose against D",
        "adversarial_latent" => {
            "how far codes are from those found again in the pictures made of them"
        }
        "encoded_latent" => "how far photographs' codes are from those of their reconstructions",
        "autoencoder" => "how far photographs are from their reconstructions",
        "features" => "the same as the network of --features sees it",
        _ => return term.about.trim_end_matches('.').to_owned(),
    };
    format!("{} is {about}", term.symbol)
}

/// The terms that are not zero.
fn counting(losses: &Losses) -> impl Iterator<Item = (&'static Term, f32)> {
    let named = losses.named();
    TERMS.iter().filter_map(move |term| {
        let (_, loss) = named.iter().find(|(name, _)| *name == term.key)?;
        (*loss != 0.0).then_some((term, *loss))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_loss_that_is_shown_is_explained() {
        let losses = Losses::from_array([0.5; Losses::KEYS.len()]);
        let (shown, told) = (described(&losses), legend(&losses));
        for term in &TERMS {
            assert!(shown.contains(term.symbol), "{shown}");
            let (named, about) = (
                format!("; {} is ", term.symbol),
                term.about.trim_end_matches('.'),
            );
            assert!(
                told.contains(&named) || told.contains(about),
                "{}: {told}",
                term.symbol
            );
        }
        let mut few = losses;
        few.features = 0.0;
        assert!(!legend(&few).contains("L_H"));
    }
}
