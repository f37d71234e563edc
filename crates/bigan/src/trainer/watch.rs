//! Whether a training goes well: G makes different pictures, which are no noise, and no loss runs away.

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
/// Below this share samples are one picture, whatever G has learnt: in 200 steps at the paper's rate it is ten times as
/// much.
const SAME: f64 = 0.01;
/// Above this share samples differ as noise does: in a run that goes well it stays below 1.3.
const NOISE: f64 = 1.6;
const NO_NOISE: f64 = 1.3;
/// Steps from which on samples may be neither.
const SETTLED: u64 = 200;

/// What is wrong with the samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// They are alike.
    Collapse,
    /// They differ more than photographs do.
    Noise,
}

/// Warns of each mode collapse, and of each time that samples become noise, once.
#[derive(Debug, Default)]
pub struct CollapseWatch {
    was_diverse: bool,
    warned: bool,
    warned_of_noise: bool,
}

impl CollapseWatch {
    /// Takes `diversity`, the samples' mean distance over the photographs', after `step`. Returns what to warn of.
    pub fn see(&mut self, step: u64, diversity: f64) -> Option<Warning> {
        if self.is_noise(step, diversity) {
            return Some(Warning::Noise);
        }
        self.is_collapse(step, diversity)
            .then_some(Warning::Collapse)
    }

    fn is_noise(&mut self, step: u64, diversity: f64) -> bool {
        let warns = step >= SETTLED && diversity > NOISE && !self.warned_of_noise;
        self.warned_of_noise = warns || (self.warned_of_noise && diversity > NO_NOISE);
        warns
    }

    fn is_collapse(&mut self, step: u64, diversity: f64) -> bool {
        if diversity >= RECOVERED {
            (self.was_diverse, self.warned) = (true, false);
        }
        // Not a number counts as collapsed, too.
        let collapsed = diversity.is_nan() || diversity < COLLAPSED;
        let same = diversity < SAME && step >= SETTLED;
        let warns = collapsed && !self.warned && (self.was_diverse || same || step >= WARM_UP);
        self.warned |= warns;
        warns
    }
}

/// A total loss above this multiple of its running median is more than a GAN's swings explain: in a run that goes well
/// it stays within three times the median.
pub const MULTIPLE: f32 = 10.0;
/// This many reports in a row above [`MULTIPLE`] end the run.
pub const PATIENCE: usize = 20;
/// D's loss, and that of G and E against it, are logits in the worst case: above this they belong to weights that are lost,
/// whatever the median, of which the first reports have none.
pub const LOST: f32 = 1e4;
/// This many reports in a row above [`LOST`] end the run.
pub const LOST_PATIENCE: usize = 5;
/// Reports the median is taken over, and the fewest it needs.
const REMEMBERED: usize = 100;
const ENOUGH: usize = 20;

/// Whether the losses are those of a training that goes well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Health {
    /// Nothing unusual.
    Good,
    /// Far above the median or [`LOST`], though not yet for long: do not keep these weights.
    Suspect,
    /// D's loss, or that against D, is above [`LOST`] for [`LOST_PATIENCE`] reports: the larger of the two.
    Lost(f32),
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
    lost: usize,
}

impl RunawayWatch {
    /// Takes the losses of one report.
    pub fn see(&mut self, losses: &Losses) -> Health {
        if !losses.is_finite() {
            return Health::NotFinite;
        }
        let worst = losses.discriminator.max(losses.adversarial);
        if worst <= LOST {
            self.lost = 0;
            return self.health_of(losses.total);
        }
        self.lost += 1;
        match self.lost < LOST_PATIENCE {
            true => Health::Suspect,
            false => Health::Lost(worst),
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
            .filter_map(|(index, (step, diversity))| watch.see(step, diversity).map(|_| index))
            .collect();
        assert_eq!(warned, [4, 9]);
    }

    #[test]
    fn samples_that_are_one_picture_are_warned_of_at_the_first_look() {
        let mut watch = CollapseWatch::default();
        let seen = [(100, 0.0), (250, 0.002), (500, 0.0)];
        let warned = seen.map(|(step, diversity)| watch.see(step, diversity));
        assert_eq!(warned, [None, Some(Warning::Collapse), None]);
    }

    #[test]
    fn samples_that_become_noise_are_warned_of_each_time() {
        let mut watch = CollapseWatch::default();
        let seen = [
            (10, 2.5),
            (250, 2.0),
            (500, 1.4),
            (750, 1.9),
            (1000, 1.0),
            (1250, 1.7),
        ];
        let warned = seen.map(|(step, diversity)| watch.see(step, diversity).is_some());
        assert_eq!(warned, [false, true, false, false, false, true]);
    }

    /// As --learning-rate 1 gives them from the first report on.
    #[test]
    fn losses_that_are_lost_from_the_start_are_never_kept_and_end_the_run() {
        let mut watch = RunawayWatch::default();
        let mut losses = Losses::from_array([1.0; Losses::KEYS.len()]);
        losses.discriminator = 5e8;
        for _ in 1..LOST_PATIENCE {
            assert_eq!(watch.see(&losses), Health::Suspect);
        }
        assert_eq!(watch.see(&losses), Health::Lost(5e8));
        losses.discriminator = 1.0;
        assert_eq!(watch.see(&losses), Health::Good);
        losses.adversarial = 2e4;
        assert_eq!(watch.see(&losses), Health::Suspect);
    }

    #[test]
    fn samples_that_never_differed_are_warned_of_after_the_warm_up() {
        let mut watch = CollapseWatch::default();
        let warns = |step| watch.see(step, 0.02).is_some();
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
