//! A run's losses over its steps, out of `stats.jsonl`.

use std::path::Path;

use anyhow::{Context, Result};
use bigan::TERMS;
use serde_json::{Map, Value};

use crate::files;

/// One loss over the steps.
#[derive(Debug, PartialEq)]
pub struct Curve {
    /// How the paper writes it, or the name it has in `stats.jsonl`.
    pub name: String,
    /// Step and value, in order.
    pub points: Vec<(f64, f64)>,
}

/// What the numbers of `stats.jsonl` are called, in the order in which they are drawn.
fn titles() -> impl Iterator<Item = (&'static str, &'static str)> {
    let terms = TERMS.iter().map(|term| (term.key, term.symbol));
    std::iter::once(("discriminator", "D's loss"))
        .chain(terms)
        .chain([
            // As runs had it before terms were a list.
            ("historical", "historical averaging"),
            ("total", "total of G and E (equation 8)"),
            ("diversity", "diversity of samples / of photographs"),
        ])
}
/// Numbers in `stats.jsonl` that are no losses.
const OTHERS: [&str; 2] = ["step", "images_per_second"];

/// Reads all curves, in the order of [`titles`] and others after them. Those that are zero throughout, terms that are off,
/// are left out, and so are those of a single point beside longer ones.
///
/// # Errors
/// When the file cannot be read, or a line holds no losses.
pub fn read(path: &Path) -> Result<Vec<Curve>> {
    let text = String::from_utf8_lossy(&files::read(path)?).into_owned();
    parse(&text).with_context(|| format!("{} is not a run's stats.jsonl", path.display()))
}

fn parse(text: &str) -> Result<Vec<Curve>> {
    let mut curves: Vec<Curve> = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let wrong = || format!("line {number} is not a line of losses");
        let line: Map<String, Value> = serde_json::from_str(line).with_context(wrong)?;
        let step = line
            .get("step")
            .and_then(Value::as_f64)
            .with_context(wrong)?;
        for (key, value) in &line {
            if let Some(value) = value.as_f64()
                && !OTHERS.contains(&key.as_str())
            {
                let name = title(key);
                let at = curves.iter().position(|curve| curve.name == name);
                let at = at.unwrap_or_else(|| {
                    curves.push(Curve {
                        name,
                        points: Vec::new(),
                    });
                    curves.len() - 1
                });
                curves[at].points.push((step, value));
            }
        }
    }
    let place = |curve: &Curve| titles().position(|(_, title)| title == curve.name);
    curves.sort_by_key(|curve| place(curve).unwrap_or(usize::MAX));
    let longest = curves.iter().map(|curve| curve.points.len()).max();
    curves.retain(|curve| {
        let is_on = curve.points.iter().any(|(_, value)| *value != 0.0);
        is_on && (curve.points.len() > 1 || longest == Some(1))
    });
    Ok(curves)
}

fn title(key: &str) -> String {
    let known = titles().find(|(name, _)| *name == key);
    known.map_or_else(|| key.replace('_', " "), |(_, title)| title.to_owned())
}

impl Curve {
    /// The mean around every point over a twentieth of the curve: centred, so that bends stay where they are.
    pub fn smoothed(&self) -> Vec<(f64, f64)> {
        let reach = (self.points.len() / 40).max(1);
        let window = |index: usize| {
            let reach = reach.min(index).min(self.points.len() - 1 - index);
            &self.points[index - reach..=index + reach]
        };
        let mean = |window: &[(f64, f64)]| {
            window.iter().map(|(_, value)| value).sum::<f64>() / window.len() as f64
        };
        let points = self.points.iter().enumerate();
        points
            .map(|(index, (step, _))| (*step, mean(window(index))))
            .collect()
    }

    /// What the axis shows: the smoothed curve whole, and the raw one but for its wildest hundredth on either side, so
    /// that one spike does not flatten everything else.
    pub fn range(&self) -> (f64, f64) {
        let mut sorted: Vec<f64> = self.points.iter().map(|(_, value)| *value).collect();
        sorted.sort_by(f64::total_cmp);
        let cut = sorted.len() / 100;
        let (mut low, mut high) = (sorted[cut], sorted[sorted.len() - 1 - cut]);
        for (_, value) in self.smoothed() {
            (low, high) = (low.min(value), high.max(value));
        }
        let margin = ((high - low) * 0.05).max(high.abs() * 1e-3).max(1e-6);
        (low - margin, high + margin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losses_are_read_and_terms_that_are_off_are_left_out() {
        let text = r#"{"step":10,"adversarial_latent":0.5,"autoencoder":0.0,"feature_matching":2.0,"images_per_second":9.0}
{"step":20,"adversarial_latent":0.25,"autoencoder":0.0,"feature_matching":1.0,"images_per_second":9.0,"diversity":0.7}
{"step":30,"adversarial_latent":0.2,"autoencoder":0.0,"feature_matching":1.0,"images_per_second":9.0,"diversity":0.6}
"#;
        let curves = parse(text).unwrap();
        let names: Vec<&str> = curves.iter().map(|curve| curve.name.as_str()).collect();
        let diversity = "diversity of samples / of photographs";
        assert_eq!(names, ["L_AD", "feature matching", diversity]);
        assert_eq!(curves[0].points, [(10.0, 0.5), (20.0, 0.25), (30.0, 0.2)]);
        assert_eq!(curves[2].points, [(20.0, 0.7), (30.0, 0.6)]);
    }

    #[test]
    fn a_single_point_is_drawn_only_where_there_are_no_more() {
        let line =
            |step: u32, rest: &str| format!("{{\"step\":{step},\"autoencoder\":0.5{rest}}}\n");
        let with_one = line(10, "") + &line(20, ",\"diversity\":0.7");
        assert_eq!(parse(&with_one).unwrap().len(), 1);
        assert_eq!(parse(&line(10, "")).unwrap().len(), 1);
    }

    #[test]
    fn a_line_that_is_none_is_named() {
        let error = parse("{\"step\":1}\nnonsense\n").unwrap_err();
        assert!(format!("{error:#}").contains("line 2"), "{error:#}");
    }

    #[test]
    fn smoothing_keeps_a_line_and_flattens_noise() {
        let curve = |value: fn(i32) -> f64| Curve {
            name: String::new(),
            points: (0..1000).map(|i| (f64::from(i), value(i))).collect(),
        };
        let line = curve(|i| 3.0 * f64::from(i));
        for ((_, found), (_, expected)) in line.smoothed().iter().zip(&line.points) {
            assert!((found - expected).abs() < 1e-9);
        }
        let noise = curve(|i| f64::from(i % 2));
        let middle = &noise.smoothed()[25..975];
        assert!(middle.iter().all(|(_, value)| (value - 0.5).abs() < 0.03));
    }

    #[test]
    fn one_spike_does_not_set_the_range() {
        let points = (0..1000).map(|i| {
            (
                f64::from(i),
                if i == 500 {
                    1e6
                } else {
                    1.0 + f64::from(i % 3)
                },
            )
        });
        let curve = Curve {
            name: String::new(),
            points: points.collect(),
        };
        let (low, high) = curve.range();
        // The mean around the spike stays in sight.
        assert!(low < 1.0 && high > 3.0 && high < 1e5, "{low} {high}");
    }
}
