//! Whether a training still goes well: G still makes different pictures, and no loss runs away.

use std::collections::VecDeque;

use super::Losses;

/// Samples measured for their diversity.
pub const SAMPLES: usize = 32;
/// Photographs that their diversity is compared with: enough that others would give the same to a few percent.
pub const PHOTOGRAPHS: usize = 256;
/// Below this share of the photographs' diversity samples count as collapsed. A G that makes only two pictures, as
/// different as two photographs are, has one half: half of all pairs are of the same picture. A G that learns is well
/// above it within a few hundred steps, blurred as its samples may be, because most of what photographs differ by is
/// large and smooth.
pub const COLLAPSED: f64 = 0.5;
/// A collapse is over, and a next one told of, from here on; apart from the other so that one collapse is one warning.
const RECOVERED: f64 = 0.6;
/// Steps before which samples may be alike because G has learnt nothing yet.
const WARM_UP: u64 = 1000;

/// Tells of each mode collapse once.
#[derive(Debug, Default)]
pub struct CollapseWatch {
    was_diverse: bool,
    warned: bool,
}

impl CollapseWatch {
    /// Looks at the samples' mean distance over the photographs' after `step`. Returns whether to warn.
    pub fn see(&mut self, step: u64, diversity: f64) -> bool {
        if diversity >= RECOVERED {
            (self.was_diverse, self.warned) = (true, false);
        }
        // Not a number counts as collapsed, too.
        let collapsed = diversity.is_nan() || diversity < COLLAPSED;
        let warns = collapsed && !self.warned && (self.was_diverse || step >= WARM_UP);
        self.warned |= warns;
        warns
    }
}

/// How far above its running median the total loss is beyond what a GAN's swings explain. In a run that goes well it
/// stays within three times of it.
pub const MULTIPLE: f32 = 10.0;
/// Reports in a row above it that end the run.
pub const PATIENCE: usize = 20;
/// Reports the median is taken over, and needs at least.
const REMEMBERED: usize = 100;
const ENOUGH: usize = 20;

/// What the losses say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Verdict {
    /// Nothing unusual.
    Good,
    /// Far above the median, though not for long: weights are not to be kept.
    Suspect,
    /// Far above this median for too long.
    Runaway(f32),
    /// A loss is no number.
    NotFinite,
}

/// Follows the total loss.
#[derive(Debug, Default)]
pub struct RunawayWatch {
    recent: VecDeque<f32>,
    above: usize,
}

impl RunawayWatch {
    /// Looks at one report.
    pub fn see(&mut self, losses: &Losses) -> Verdict {
        if losses.is_finite() {
            self.judge(losses.total)
        } else {
            Verdict::NotFinite
        }
    }

    fn judge(&mut self, total: f32) -> Verdict {
        // Losses that are suspect stay out of the median, or it would run after them.
        if let Some(median) = self.median().filter(|median| total > MULTIPLE * median) {
            self.above += 1;
            return if self.above < PATIENCE {
                Verdict::Suspect
            } else {
                Verdict::Runaway(median)
            };
        }
        self.above = 0;
        self.recent.push_back(total);
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        Verdict::Good
    }

    fn median(&self) -> Option<f32> {
        if self.recent.len() < ENOUGH {
            return None;
        }
        let mut sorted: Vec<f32> = self.recent.iter().copied().collect();
        sorted.sort_by(f32::total_cmp);
        Some(sorted[sorted.len() / 2])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collapse_is_told_of_once_and_a_second_one_again() {
        let mut watch = CollapseWatch::default();
        let seen = [
            0.1,
            0.3,
            0.8,
            0.55,
            0.45,
            0.2,
            0.52,
            0.4,
            0.9,
            f64::NAN,
            0.1,
        ];
        let steps = (1..).map(|index| index * 50);
        let warned: Vec<usize> = steps
            .zip(seen)
            .enumerate()
            .filter_map(|(index, (step, diversity))| watch.see(step, diversity).then_some(index))
            .collect();
        assert_eq!(warned, [4, 9]);
    }

    #[test]
    fn samples_that_never_differed_are_told_of_after_the_warm_up() {
        let mut watch = CollapseWatch::default();
        let told = |step| watch.see(step, 0.02);
        let told: Vec<bool> = [250, 750, 1000, 1250].map(told).to_vec();
        assert_eq!(told, [false, false, true, false]);
    }

    #[test]
    fn a_swing_is_no_runaway_and_a_climb_is_one() {
        let mut watch = RunawayWatch::default();
        for report in 0..60 {
            assert_eq!(watch.judge(5.0 + (report % 7) as f32), Verdict::Good);
        }
        for _ in 0..PATIENCE - 1 {
            assert_eq!(watch.judge(90.0), Verdict::Suspect);
        }
        assert_eq!(watch.judge(20.0), Verdict::Good);
        for _ in 0..PATIENCE - 1 {
            assert_eq!(watch.judge(500.0), Verdict::Suspect);
        }
        assert_eq!(watch.judge(500.0), Verdict::Runaway(8.0));
    }
}
