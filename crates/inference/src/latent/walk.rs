//! A walk through latent space: the codes between stops, by linear or spherical interpolation.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, VariantNames};

use crate::names::UnknownName;

/// Which codes lie between two.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_fn = UnknownName::of::<Self>, parse_err_ty = UnknownName)]
pub enum Interpolation {
    /// Those on the line between them (linear interpolation).
    #[default]
    Straight,
    /// Those on the arc between them, which keeps their distance from zero (spherical linear interpolation, slerp).
    Spherical,
}

/// How a walk's speed changes between two stops.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    VariantNames,
)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase", parse_err_fn = UnknownName::of::<Self>, parse_err_ty = UnknownName)]
pub enum Easing {
    /// Not at all.
    #[default]
    Even,
    /// It is low at both ends (ease in and out, smoothstep).
    Gentle,
}

/// A walk past stops.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    /// Codes of `latent` numbers, one after the other.
    pub stops: &'a [f32],
    /// Numbers of one code.
    pub latent: usize,
    /// Which codes lie between two stops.
    pub interpolation: Interpolation,
    /// How the speed changes between two stops.
    pub easing: Easing,
    /// Whether it leads from the last stop back to the first.
    pub closed: bool,
}

impl Walk<'_> {
    /// How many times the walk goes from one stop to another.
    pub fn legs(&self) -> usize {
        let stops = self.stops.len() / self.latent.max(1);
        match stops {
            0 | 1 => 0,
            // There and back would be the same leg twice in one direction only.
            _ if self.closed => stops,
            _ => stops - 1,
        }
    }

    /// The walk's codes, `steps` from stop to stop, one after the other.
    ///
    /// An open walk ends with its last stop; a closed one ends just before the first, so that it can be repeated. A
    /// single stop is a walk of one code.
    pub fn codes(&self, steps: usize) -> Vec<f32> {
        let stops: Vec<&[f32]> = self.stops.chunks_exact(self.latent.max(1)).collect();
        let steps = steps.max(1);
        let mut codes = Vec::with_capacity((self.legs() * steps + 1) * self.latent);
        for (leg, from) in stops.iter().enumerate().take(self.legs()) {
            let to = stops[(leg + 1) % stops.len()];
            for step in 0..steps {
                let t = self.easing.at(step as f32 / steps as f32);
                codes.extend(between(from, to, t, self.interpolation));
            }
        }
        if !self.closed || stops.len() == 1 {
            codes.extend(stops.last().copied().unwrap_or_default());
        }
        codes
    }
}

/// The code at `t`, from 0 to 1, between two of the same length.
pub fn between(from: &[f32], to: &[f32], t: f32, interpolation: Interpolation) -> Vec<f32> {
    let angle = match interpolation {
        Interpolation::Straight => 0.0,
        Interpolation::Spherical => angle(from, to),
    };
    let (a, b) = weights(t, angle);
    let pairs = from.iter().zip(to);
    pairs.map(|(from, to)| a * from + b * to).collect()
}

/// The weights of both ends at `t`, from 0 to 1, of an arc of `angle` in radians (Shoemake's slerp). Codes in the same
/// direction have no arc between them, codes in opposite directions have many: theirs are the weights of a line.
fn weights(t: f32, angle: f32) -> (f32, f32) {
    let sine = angle.sin();
    if sine.abs() < 1e-3 {
        return (1.0 - t, t);
    }
    (((1.0 - t) * angle).sin() / sine, (t * angle).sin() / sine)
}

/// The angle between two codes, in radians; 0 where one is zero.
fn angle(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 {
        (dot(a, b) / lengths).clamp(-1.0, 1.0).acos()
    } else {
        0.0
    }
}

impl Easing {
    /// The fraction of the distance, 0 to 1, that is covered after the fraction `t` of the time.
    pub fn at(self, t: f32) -> f32 {
        match self {
            Self::Even => t,
            Self::Gentle => t * t * (3.0 - 2.0 * t),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-6, "{found:?} {expected:?}");
        }
    }

    fn walk(stops: &[f32], interpolation: Interpolation) -> Walk<'_> {
        Walk {
            stops,
            latent: 2,
            interpolation,
            easing: Easing::Even,
            closed: false,
        }
    }

    #[test]
    fn a_straight_walk_passes_the_middle() {
        let codes = walk(&[0.0, 2.0, 4.0, 0.0], Interpolation::Straight).codes(2);
        close(&codes, &[0.0, 2.0, 2.0, 1.0, 4.0, 0.0]);
    }

    #[test]
    fn an_arc_keeps_its_distance_from_zero() {
        let codes = walk(&[3.0, 0.0, 0.0, 3.0], Interpolation::Spherical).codes(2);
        let middle = 3.0 * std::f32::consts::FRAC_1_SQRT_2;
        close(&codes, &[3.0, 0.0, middle, middle, 0.0, 3.0]);
    }

    #[test]
    fn where_there_is_no_arc_the_walk_is_straight() {
        for stops in [
            [1.0, 1.0, 2.0, 2.0],
            [1.0, 0.0, -1.0, 0.0],
            [0.0, 0.0, 1.0, 3.0],
        ] {
            let [straight, arc] = [Interpolation::Straight, Interpolation::Spherical]
                .map(|interpolation| walk(&stops, interpolation).codes(4));
            close(&arc, &straight);
        }
    }

    #[test]
    fn a_closed_walk_ends_just_before_it_starts_again() {
        let stops = [0.0, 0.0, 2.0, 0.0, 2.0, 2.0];
        let open = walk(&stops, Interpolation::Straight);
        let closed = Walk {
            closed: true,
            ..open
        };
        assert_eq!((open.legs(), closed.legs()), (2, 3));
        close(
            &open.codes(2),
            &[0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 2.0, 1.0, 2.0, 2.0],
        );
        close(
            &closed.codes(2),
            &[0.0, 0.0, 1.0, 0.0, 2.0, 0.0, 2.0, 1.0, 2.0, 2.0, 1.0, 1.0],
        );
    }

    #[test]
    fn one_stop_is_one_code_and_no_stop_is_none() {
        for closed in [false, true] {
            let one = Walk {
                closed,
                ..walk(&[1.0, 2.0], Interpolation::Straight)
            };
            assert_eq!(one.codes(8), [1.0, 2.0]);
            assert_eq!(Walk { stops: &[], ..one }.codes(8), [0.0; 0]);
        }
    }

    #[test]
    fn gentle_easing_is_slow_at_both_ends() {
        let gentle = [0.0, 0.1, 0.5, 0.9, 1.0].map(|t| Easing::Gentle.at(t));
        close(&gentle, &[0.0, 0.028, 0.5, 0.972, 1.0]);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for interpolation in [Interpolation::Straight, Interpolation::Spherical] {
            assert_eq!(interpolation.to_string().parse(), Ok(interpolation));
        }
        for easing in [Easing::Even, Easing::Gentle] {
            assert_eq!(easing.to_string().parse(), Ok(easing));
        }
        let said = "round".parse::<Interpolation>().unwrap_err().to_string();
        assert_eq!(
            said,
            "`round` is unknown, and must be straight or spherical"
        );
    }
}
