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
/// From here on a collapse is over, and a next one gives a warning. Above [`COLLAPSED`], so that one collapse gives one.
const RECOVERED: f64 = 0.6;
/// Steps before which samples may be alike because G has learnt nothing yet.
const WARM_UP: u64 = 1000;

/// Warns of each mode collapse once.
#[derive(Debug, Default)]
pub struct CollapseWatch {
    was_diverse: bool,
    warned: bool,
}

impl CollapseWatch {
    /// Takes `diversity`, the samples' mean distance over the photographs', after `step`. Returns whether to warn.
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

/// A total loss above this multiple of its running median is more than a GAN's swings explain: in a run that goes well
/// it stays within three times the median.
pub const MULTIPLE: f32 = 10.0;
/// This many reports in a row above [`MULTIPLE`] end the run.
pub const PATIENCE: usize = 20;
/// Reports the median is taken over, and the fewest it needs.
const REMEMBERED: usize = 100;
const ENOUGH: usize = 20;

/// Whether the losses are those of a training that goes well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Health {
    /// Nothing unusual.
    Good,
    /// Far above the median, though not yet for long: do not keep these weights.
    Suspect,
    /// Far above this median for [`PATIENCE`] reports.
    Runaway(f32),
    /// A loss is not a finite number.
    NotFinite,
}

/// Follows the total loss.
#[derive(Debug, Default)]
pub struct RunawayWatch {
    recent: VecDeque<f32>,
    above: usize,
}

impl RunawayWatch {
    /// Takes the losses of one report.
    pub fn see(&mut self, losses: &Losses) -> Health {
        if losses.is_finite() {
            self.health_of(losses.total)
        } else {
            Health::NotFinite
        }
    }

    fn health_of(&mut self, total: f32) -> Health {
        // Losses that are suspect stay out of the median, or it would run after them.
        if let Some(median) = self.median().filter(|median| total > MULTIPLE * median) {
            self.above += 1;
            return if self.above < PATIENCE {
                Health::Suspect
            } else {
                Health::Runaway(median)
            };
        }
        self.above = 0;
        self.recent.push_back(total);
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        Health::Good
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
    fn a_collapse_is_warned_of_once_and_a_second_one_again() {
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
    fn samples_that_never_differed_are_warned_of_after_the_warm_up() {
        let mut watch = CollapseWatch::default();
        let warns = |step| watch.see(step, 0.02);
        let warned: Vec<bool> = [250, 750, 1000, 1250].map(warns).to_vec();
        assert_eq!(warned, [false, false, true, false]);
    }

    #[test]
    fn a_swing_is_no_runaway_and_a_climb_is_one() {
        let mut watch = RunawayWatch::default();
        for report in 0..60 {
            assert_eq!(watch.health_of(5.0 + (report % 7) as f32), Health::Good);
        }
        for _ in 0..PATIENCE - 1 {
            assert_eq!(watch.health_of(90.0), Health::Suspect);
        }
        assert_eq!(watch.health_of(20.0), Health::Good);
        for _ in 0..PATIENCE - 1 {
            assert_eq!(watch.health_of(500.0), Health::Suspect);
        }
        assert_eq!(watch.health_of(500.0), Health::Runaway(8.0));
    }
}
