//! From code to code.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which codes lie between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Those on the line between them.
    #[default]
    Straight,
    /// Those on the arc, which keeps their distance from zero.
    Spherical,
}

/// How fast a walk goes between two stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// As fast everywhere.
    #[default]
    Even,
    /// Slowly away from a stop and slowly towards the next.
    Gentle,
}

/// A word that names nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{word}` is neither {} nor {}", .known[0], .known[1])]
pub struct UnknownWord {
    /// What was said.
    pub word: String,
    /// What can be said.
    pub known: [&'static str; 2],
}

/// A walk past stops.
#[derive(Debug, Clone, Copy)]
pub struct Walk<'a> {
    /// Codes of `latent` numbers, one after the other.
    pub stops: &'a [f32],
    /// Numbers of one code.
    pub latent: usize,
    /// From one stop to the next.
    pub way: Way,
    /// How fast.
    pub pace: Pace,
    /// Whether it leads from the last stop back to the first.
    pub closed: bool,
}

impl Walk<'_> {
    /// How many times it goes from one stop to another.
    pub fn legs(&self) -> usize {
        let stops = self.stops.len() / self.latent.max(1);
        match stops {
            0 | 1 => 0,
            // There and back would be the same leg twice in one direction only.
            _ if self.closed => stops,
            _ => stops - 1,
        }
    }

    /// The codes on the way, `steps` from stop to stop, one after the other.
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
                let t = self.pace.at(step as f32 / steps as f32);
                codes.extend(between(from, to, t, self.way));
            }
        }
        if !self.closed || stops.len() == 1 {
            codes.extend(stops.last().copied().unwrap_or_default());
        }
        codes
    }
}

/// The code at `t`, from 0 to 1, between two of the same length.
pub fn between(from: &[f32], to: &[f32], t: f32, way: Way) -> Vec<f32> {
    let angle = match way {
        Way::Straight => 0.0,
        Way::Spherical => angle(from, to),
    };
    let (a, b) = shares(t, angle);
    let pairs = from.iter().zip(to);
    pairs.map(|(from, to)| a * from + b * to).collect()
}

/// How much of each end there is at `t`, from 0 to 1, of an arc of `angle` (Shoemake's slerp); of a straight line where
/// the arc is none, or no single one: codes in the same or in opposite directions.
fn shares(t: f32, angle: f32) -> (f32, f32) {
    let sine = angle.sin();
    if sine.abs() < 1e-3 {
        return (1.0 - t, t);
    }
    (((1.0 - t) * angle).sin() / sine, (t * angle).sin() / sine)
}

/// The angle between two codes; 0 where one is zero.
fn angle(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 {
        (dot(a, b) / lengths).clamp(-1.0, 1.0).acos()
    } else {
        0.0
    }
}

impl Pace {
    /// How far on the way it is after the share `t`, from 0 to 1, of the time.
    pub fn at(self, t: f32) -> f32 {
        match self {
            Self::Even => t,
            Self::Gentle => t * t * (3.0 - 2.0 * t),
        }
    }
}

impl FromStr for Way {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "straight" => Ok(Self::Straight),
            "spherical" => Ok(Self::Spherical),
            other => Err(unknown(other, ["straight", "spherical"])),
        }
    }
}

impl FromStr for Pace {
    type Err = UnknownWord;

    fn from_str(word: &str) -> Result<Self, UnknownWord> {
        match word {
            "even" => Ok(Self::Even),
            "gentle" => Ok(Self::Gentle),
            other => Err(unknown(other, ["even", "gentle"])),
        }
    }
}

fn unknown(word: &str, known: [&'static str; 2]) -> UnknownWord {
    UnknownWord {
        word: word.to_owned(),
        known,
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Straight => "straight",
            Self::Spherical => "spherical",
        })
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Even => "even",
            Self::Gentle => "gentle",
        })
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

    fn walk(stops: &[f32], way: Way) -> Walk<'_> {
        Walk {
            stops,
            latent: 2,
            way,
            pace: Pace::Even,
            closed: false,
        }
    }

    #[test]
    fn a_straight_walk_passes_the_middle() {
        let codes = walk(&[0.0, 2.0, 4.0, 0.0], Way::Straight).codes(2);
        close(&codes, &[0.0, 2.0, 2.0, 1.0, 4.0, 0.0]);
    }

    #[test]
    fn an_arc_keeps_its_distance_from_zero() {
        let codes = walk(&[3.0, 0.0, 0.0, 3.0], Way::Spherical).codes(2);
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
            let [straight, arc] =
                [Way::Straight, Way::Spherical].map(|way| walk(&stops, way).codes(4));
            close(&arc, &straight);
        }
    }

    #[test]
    fn a_closed_walk_ends_just_before_it_starts_again() {
        let stops = [0.0, 0.0, 2.0, 0.0, 2.0, 2.0];
        let open = walk(&stops, Way::Straight);
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
                ..walk(&[1.0, 2.0], Way::Straight)
            };
            assert_eq!(one.codes(8), [1.0, 2.0]);
            assert_eq!(Walk { stops: &[], ..one }.codes(8), [0.0; 0]);
        }
    }

    #[test]
    fn a_gentle_pace_is_slow_at_both_ends() {
        let gentle = [0.0, 0.1, 0.5, 0.9, 1.0].map(|t| Pace::Gentle.at(t));
        close(&gentle, &[0.0, 0.028, 0.5, 0.972, 1.0]);
    }

    #[test]
    fn words_are_read_as_they_are_written() {
        for way in [Way::Straight, Way::Spherical] {
            assert_eq!(way.to_string().parse(), Ok(way));
        }
        for pace in [Pace::Even, Pace::Gentle] {
            assert_eq!(pace.to_string().parse(), Ok(pace));
        }
        let said = "round".parse::<Way>().unwrap_err().to_string();
        assert_eq!(said, "`round` is neither straight nor spherical");
    }
}
