//! Directions from codes, and from the colours and labels of their pictures.

use std::collections::BTreeMap;

use bigan::latent::{Direction, Kind};
use images::RgbImage;

use super::colour::MEASURES;

/// Numbers of 64 bits, since thousands of them are added up.
type Vector = Vec<f64>;

/// Directions along which measured colours grow: how codes vary together with the measure.
pub fn colours(codes: &[f32], latent: usize, pictures: &[RgbImage]) -> Vec<Direction> {
    let codes = Codes::new(codes, latent);
    let each = MEASURES.iter().filter_map(|measure| {
        let values: Vec<f64> = pictures.iter().map(|p| measure.value(p)).collect();
        let step = codes.one_deviation(codes.covariance(&values))?;
        let along: Vec<f64> = codes.along(&step);
        let strength = correlation(&along, &values);
        Some(direction(
            measure.name,
            Kind::Colour,
            measure.ends,
            strength,
            &step,
        ))
    });
    each.collect()
}

/// Directions towards each label that is `wanted`, by itself and the number of its pictures.
///
/// The difference between the mean code of its pictures and that of all others, without what it shares with `colours`:
/// trousers are darker than most garments, but darker does not mean trousers.
pub fn garments(
    codes: &[f32],
    latent: usize,
    labels: &[Option<String>],
    colours: &[Direction],
    wanted: impl Fn(&str, usize) -> bool,
) -> Vec<Direction> {
    let codes = Codes::new(codes, latent);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for label in labels.iter().flatten() {
        *counts.entry(label).or_default() += 1;
    }
    let colours = orthonormal(colours);
    let each = counts
        .into_iter()
        .filter(|(label, count)| wanted(label, *count));
    let each = each.filter_map(|(label, _)| {
        let is: Vec<bool> = labels.iter().map(|l| l.as_deref() == Some(label)).collect();
        let shares: Vec<f64> = is.iter().map(|&is| f64::from(u8::from(is))).collect();
        // Proportional to the difference of the two means.
        let mut towards = codes.covariance(&shares);
        for colour in &colours {
            let shared = dot(&towards, colour);
            add(&mut towards, -shared, colour);
        }
        let step = codes.one_deviation(towards)?;
        let strength = rank_share(&codes.along(&step), &is);
        let ends = [format!("less {label}"), format!("more {label}")];
        Some(direction(label, Kind::Garment, ends, strength, &step))
    });
    each.collect()
}

fn direction(
    name: &str,
    kind: Kind,
    [less, more]: [impl Into<String>; 2],
    strength: f64,
    step: &[f64],
) -> Direction {
    Direction {
        name: name.to_owned(),
        kind,
        less: less.into(),
        more: more.into(),
        strength: strength as f32,
        step: step.iter().map(|&value| value as f32).collect(),
    }
}

/// Codes without their mean.
struct Codes(Vec<Vector>);

impl Codes {
    fn new(codes: &[f32], latent: usize) -> Self {
        let mut rows: Vec<Vector> = codes
            .chunks_exact(latent)
            .map(|code| code.iter().map(|&value| f64::from(value)).collect())
            .collect();
        let mut mean = vec![0.0; latent];
        for row in &rows {
            add(&mut mean, 1.0 / rows.len() as f64, row);
        }
        for row in &mut rows {
            add(row, -1.0, &mean);
        }
        Self(rows)
    }

    /// With one value for each code.
    fn covariance(&self, values: &[f64]) -> Vector {
        let count = self.0.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let mut sum = vec![0.0; self.0.first().map_or(0, Vec::len)];
        for (row, value) in self.0.iter().zip(values) {
            add(&mut sum, (value - mean) / count, row);
        }
        sum
    }

    /// The same direction, as long as one standard deviation of the codes along it; none where they do not differ.
    fn one_deviation(&self, mut direction: Vector) -> Option<Vector> {
        let length = dot(&direction, &direction).sqrt();
        direction.iter_mut().for_each(|value| *value /= length);
        let square: f64 = self.0.iter().map(|row| dot(row, &direction).powi(2)).sum();
        let deviation = (square / self.0.len().max(1) as f64).sqrt();
        direction.iter_mut().for_each(|value| *value *= deviation);
        (deviation.is_finite() && deviation > 0.0).then_some(direction)
    }

    /// Where each code lies along a direction.
    fn along(&self, direction: &[f64]) -> Vec<f64> {
        self.0.iter().map(|row| dot(row, direction)).collect()
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], share: f64, other: &[f64]) {
    for (to, other) in to.iter_mut().zip(other) {
        *to += share * other;
    }
}

/// What spans the same space as the directions' steps: Gram and Schmidt's process.
fn orthonormal(directions: &[Direction]) -> Vec<Vector> {
    let mut basis: Vec<Vector> = Vec::new();
    for direction in directions {
        let mut rest: Vector = direction
            .step
            .iter()
            .map(|&value| f64::from(value))
            .collect();
        let before = dot(&rest, &rest).sqrt();
        for one in &basis {
            let shared = dot(&rest, one);
            add(&mut rest, -shared, one);
        }
        let length = dot(&rest, &rest).sqrt();
        // Of two directions that are nearly one, only noise would remain.
        if length > 1e-3 * before {
            rest.iter_mut().for_each(|value| *value /= length);
            basis.push(rest);
        }
    }
    basis
}

/// Pearson's correlation; 0 where one of the two does not vary.
fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let centred = |values: &[f64]| -> Vec<f64> {
        let mean = values.iter().sum::<f64>() / values.len().max(1) as f64;
        values.iter().map(|value| value - mean).collect()
    };
    let (a, b) = (centred(a), centred(b));
    let lengths = (dot(&a, &a) * dot(&b, &b)).sqrt();
    if lengths > 0.0 {
        dot(&a, &b) / lengths
    } else {
        0.0
    }
}

/// How often a value that `is` is larger than one that is not, over all pairs: the area under the ROC curve. 0.5 where
/// there are no pairs.
fn rank_share(values: &[f64], is: &[bool]) -> f64 {
    let mut sorted: Vec<(f64, bool)> = values.iter().copied().zip(is.iter().copied()).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut pairs) = (0u64, 0u64);
    for (_, is) in &sorted {
        if *is {
            pairs += below;
        } else {
            below += 1;
        }
    }
    let all = below * (sorted.len() as u64 - below);
    if all == 0 {
        0.5
    } else {
        pairs as f64 / all as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigan::random;
    use image::Rgb;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    const COUNT: usize = 400;

    /// Codes of 3 numbers with deviations 2, 1 and 1: the first is the pictures' brightness, the second says dress.
    fn world() -> (Vec<f32>, Vec<RgbImage>, Vec<Option<String>>) {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let drawn = random::normal(&mut rng, 3 * COUNT);
        let codes: Vec<[f32; 3]> = drawn.chunks(3).map(|z| [2.0 * z[0], z[1], z[2]]).collect();
        let pictures = codes.iter().map(|code| {
            let grey = (128.0 + 15.0 * code[0]).clamp(0.0, 255.0) as u8;
            RgbImage::from_pixel(8, 8, Rgb([grey; 3]))
        });
        let labels = codes.iter().map(|code| {
            let dress = code[1] + 0.4 * code[0] > 0.8;
            Some(if dress { "dress" } else { "t-shirt" }.to_owned())
        });
        (codes.concat(), pictures.collect(), labels.collect())
    }

    #[test]
    fn brightness_is_found_where_it_is_and_one_is_its_deviation() {
        let (codes, pictures, _) = world();
        let found = colours(&codes, 3, &pictures);
        // Grey pictures have no other colour, so no other direction.
        assert_eq!(found.len(), 1);
        let bright = &found[0];
        assert_eq!(bright.name, "brightness");
        assert!((bright.step[0] - 2.0).abs() < 0.2, "{:?}", bright.step);
        assert!(bright.step[1].abs() < 0.3 && bright.step[2].abs() < 0.3);
        assert!(bright.strength > 0.98, "{}", bright.strength);
    }

    #[test]
    fn a_garment_is_found_without_the_colour_it_comes_with() {
        let (codes, pictures, labels) = world();
        let colours = colours(&codes, 3, &pictures);
        let found = garments(&codes, 3, &labels, &colours, |label, _| label == "dress");
        assert_eq!(found.len(), 1);
        let dress = &found[0];
        assert!((dress.step[1] - 1.0).abs() < 0.15, "{:?}", dress.step);
        assert!(
            dress.step[0].abs() < 0.2,
            "brightness is left out: {:?}",
            dress.step
        );
        assert!(dress.strength > 0.8, "{}", dress.strength);
        assert_eq!(dress.more, "more dress");
    }

    #[test]
    fn rare_labels_and_pictures_without_one_get_no_direction() {
        let (codes, _, mut labels) = world();
        labels[0] = Some("hat".to_owned());
        labels[1] = None;
        let found = garments(&codes, 3, &labels, &[], |_, count| count > 10);
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["dress", "t-shirt"]);
    }

    #[test]
    fn shares_of_pairs_are_counted() {
        assert_eq!(
            rank_share(&[1.0, 2.0, 3.0, 4.0], &[false, true, false, true]),
            0.75
        );
        assert_eq!(rank_share(&[1.0, 2.0], &[true, true]), 0.5);
    }
}
