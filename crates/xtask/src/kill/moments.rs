//! Random moments: what is ended, when, and how.

use std::fmt::{Display, Formatter};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use super::acts::Act;
use crate::command;

/// How a program is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// Without warning, as by `kill -9` or a power cut.
    Killed,
    /// As by a scheduler.
    Terminated,
}

/// A program is ended.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// What it does.
    pub act: Act,
    pub how: How,
    /// How far it is, as a share of the time that it takes undisturbed.
    share: f64,
}

impl Display for Moment {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        let how = match self.how {
            How::Killed => "killed",
            How::Terminated => "terminated",
        };
        let share = 100.0 * self.share;
        write!(f, "{} {how} at {share:.1} %", self.act.name())
    }
}

impl Moment {
    /// Starts `program` and ends it. Whether it was still at work.
    pub fn end(&self, program: &mut Command, took: Duration) -> Result<bool> {
        let quiet = program.stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = quiet.stderr(Stdio::null()).spawn()?;
        std::thread::sleep(took.mul_f64(self.share));
        if child.try_wait()?.is_some() {
            return Ok(false);
        }
        match self.how {
            How::Killed => child.kill()?,
            How::Terminated => {
                let id = child.id().to_string();
                command::text(command::new("kill").args(["-TERM", &id]))?;
            }
        }
        let status = child.wait().context("waiting for the program")?;
        let panicked = status.code() == Some(101);
        ensure!(!panicked, "the program panicked");
        Ok(true)
    }
}

/// Moments by a seed.
pub struct Moments {
    state: u64,
    count: usize,
}

impl Moments {
    /// The moments of `seed`.
    pub fn new(seed: u64) -> Self {
        Self {
            state: seed,
            count: 0,
        }
    }

    /// A number from 0 to 1: SplitMix64's (Steele et al. 2014).
    fn draw(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) as f64 / 2f64.powi(64)
    }
}

impl Iterator for Moments {
    type Item = Moment;

    fn next(&mut self) -> Option<Moment> {
        // Each act in turn, so that few moments see them all.
        let act = Act::ALL[self.count % Act::ALL.len()];
        self.count += 1;
        let (share, how) = (self.draw(), self.draw());
        Some(Moment {
            act,
            share,
            how: match cfg!(unix) && how < 0.25 {
                true => How::Terminated,
                false => How::Killed,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_gives_the_same_moments_and_all_acts() {
        let shares = |seed| -> Vec<f64> { Moments::new(seed).take(100).map(|m| m.share).collect() };
        assert_eq!(shares(1), shares(1));
        assert_ne!(shares(1), shares(2));
        let mean = shares(3).iter().sum::<f64>() / 100.0;
        assert!((0.4..0.6).contains(&mean), "{mean}");
        let first: Vec<&str> = Moments::new(0).take(3).map(|m| m.act.name()).collect();
        assert_eq!(first, ["training", "export", "preparation"]);
    }
}
