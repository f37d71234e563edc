//! How the learning rate changes over a training.

use serde::{Deserialize, Serialize};

use crate::setting::{SettingError, ensure};

/// The form of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::ValueEnum))]
#[serde(rename_all = "lowercase")]
pub enum Shape {
    /// The same all along.
    #[default]
    Constant,
    /// Straight down to zero at the end.
    Linear,
    /// Down to zero at the end along half a cosine.
    Cosine,
}

/// What the learning rates are multiplied with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "clap", derive(clap::Args))]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// How step sizes change over the training: not at all, or down to zero at the last step.
    #[cfg_attr(
        feature = "clap",
        arg(
            id = "schedule.shape",
            long = "schedule",
            value_enum,
            value_name = "SHAPE"
        )
    )]
    pub shape: Shape,
    /// Steps over which step sizes rise first.
    #[cfg_attr(feature = "clap", arg(long, value_name = "STEPS"))]
    pub warmup: u64,
    /// The step at which the rates reach zero; a constant schedule has none.
    #[cfg_attr(feature = "clap", arg(skip))]
    pub end: u64,
}

impl Schedule {
    /// The factor of step `step`, counted from 0. The first step of a warm-up moves already, and so does the last one
    /// before the end.
    pub fn factor(&self, step: u64) -> f64 {
        if step < self.warmup {
            return (step + 1) as f64 / (self.warmup + 1) as f64;
        }
        let span = self.end.saturating_sub(self.warmup).max(1) as f64;
        let gone = ((step - self.warmup) as f64 / span).min(1.0);
        match self.shape {
            Shape::Constant => 1.0,
            Shape::Linear => 1.0 - gone,
            Shape::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * gone).cos()),
        }
    }

    pub(crate) fn validate(&self) -> Result<(), SettingError> {
        ensure(
            self.shape == Shape::Constant || self.warmup < self.end,
            "warmup",
            self.warmup,
            "be below the number of steps that the schedule takes",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors<const N: usize>(shape: Shape, warmup: u64, steps: [u64; N]) -> [f64; N] {
        let schedule = Schedule {
            shape,
            warmup,
            end: 104,
        };
        steps.map(|step| schedule.factor(step))
    }

    #[test]
    fn each_shape_by_hand() {
        let steps = [0, 3, 4, 29, 54, 103, 104, 1000];
        assert_eq!(factors(Shape::Constant, 0, steps), [1.0; 8]);
        assert_eq!(
            factors(Shape::Linear, 4, steps),
            [0.2, 0.8, 1.0, 0.75, 0.5, 1.0 - 0.99, 0.0, 0.0]
        );
        let cosine = factors(Shape::Cosine, 4, steps);
        let quarter = 0.5 + 0.5 * 0.5f64.sqrt();
        let expected = [0.2, 0.8, 1.0, quarter, 0.5, 0.000_246_7, 0.0, 0.0];
        for (found, expected) in cosine.into_iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }

    #[test]
    fn nothing_is_changed_by_default() {
        let schedule = Schedule::default();
        assert_eq!(
            [0, 1, 1_000_000].map(|step| schedule.factor(step)),
            [1.0; 3]
        );
    }

    #[test]
    fn a_warm_up_longer_than_the_training_is_refused() {
        let schedule = Schedule {
            shape: Shape::Linear,
            warmup: 10,
            end: 10,
        };
        let said = schedule.validate().unwrap_err().to_string();
        assert!(said.starts_with("warmup is 10"), "{said}");
    }
}
