//! Directions that take no labels: where photographs' codes vary most, and where G's first layer does.

use super::eigen::{Eigenvector, eigenvectors};
use super::{Direction, DirectionsError, Kind, Mixture};

/// More numbers in a code would keep a page's worker busy for minutes.
const MOST_NUMBERS: usize = 512;
/// Below this share of the largest eigenvalue a direction is rounding: there are fewer photographs than numbers.
const ROUNDING: f64 = 1e-9;

/// The `count` main axes of photographs' codes, those along which they differ most first: eigenvectors of their covariance.
///
/// # Errors
/// Codes of more than 512 numbers.
pub fn axes(codes: &Mixture, count: usize) -> Result<Vec<Direction>, DirectionsError> {
    let latent = codes.latent();
    let found = found(&codes.covariance(), latent)?;
    Ok(numbered(Kind::Axis, &found, count, |one| one.value.sqrt()))
}

/// The `count` directions along which what G's first layer makes of a code changes most, largest first: eigenvectors of
/// A^T A, where the layer is A z + b (SeFa; Shen and Zhou 2021, equation 4). `layer` is A, `latent` numbers a row.
///
/// Without photographs' `codes` a step is a standard deviation of the prior's.
///
/// # Errors
/// Codes of more than 512 numbers.
pub fn first_layer(
    layer: &[f32],
    latent: usize,
    codes: Option<&Mixture>,
    count: usize,
) -> Result<Vec<Direction>, DirectionsError> {
    let found = found(&gram(layer, latent), latent)?;
    // Of a uniform distribution over [-1, 1].
    let prior = (1.0f64 / 3.0).sqrt();
    let deviation = |one: &Eigenvector| codes.map_or(prior, |codes| codes.deviation(&one.vector));
    Ok(numbered(Kind::Layer, &found, count, deviation))
}

fn found(matrix: &[f64], latent: usize) -> Result<Vec<Eigenvector>, DirectionsError> {
    match latent > MOST_NUMBERS {
        true => Err(DirectionsError::TooLong {
            latent,
            most: MOST_NUMBERS,
        }),
        false => Ok(eigenvectors(matrix, latent)),
    }
}

/// The first of them as directions; its strength is a direction's share of all eigenvalues.
fn numbered(
    kind: Kind,
    found: &[Eigenvector],
    count: usize,
    deviation: impl Fn(&Eigenvector) -> f64,
) -> Vec<Direction> {
    let largest = found.first().map_or(0.0, |one| one.value);
    let sum: f64 = found.iter().map(|one| one.value.max(0.0)).sum();
    let lasting = found
        .iter()
        .take_while(|one| one.value > ROUNDING * largest);
    let numbers = lasting.take(count).zip(1..);
    let directions = numbers.map(|(one, number)| {
        let deviation = deviation(one);
        let step = one.vector.iter().map(|value| (deviation * value) as f32);
        Direction {
            name: kind.numbered(number),
            kind,
            less: "less".to_owned(),
            more: "more".to_owned(),
            strength: (one.value / sum) as f32,
            step: step.collect(),
        }
    });
    // Photographs may not differ along a direction at all.
    directions
        .filter(|direction| direction.step.iter().any(|value| *value != 0.0))
        .collect()
}

/// A^T A.
fn gram(layer: &[f32], latent: usize) -> Vec<f64> {
    let mut sums = vec![0.0; latent * latent];
    for row in layer.chunks_exact(latent.max(1)) {
        for (at, a) in row.iter().enumerate() {
            let line = &mut sums[at * latent..][at..latent];
            for (sum, b) in line.iter_mut().zip(&row[at..]) {
                *sum += f64::from(*a) * f64::from(*b);
            }
        }
    }
    for row in 0..latent {
        for column in 0..row {
            sums[row * latent + column] = sums[column * latent + row];
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::Gaussian;

    fn length(step: &[f32]) -> f32 {
        step.iter().map(|value| value * value).sum::<f32>().sqrt()
    }

    fn near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-5, "{found} is not {expected}");
        }
    }

    fn of(codes: &[f32], latent: usize) -> Mixture {
        Gaussian::of(codes, latent).unwrap().into()
    }

    /// Along (1, 1) with a variance of 16/3, along (1, -1) with one of 4/3.
    fn codes() -> Mixture {
        of(&[2.0, 2.0, -2.0, -2.0, 1.0, -1.0, -1.0, 1.0], 2)
    }

    #[test]
    fn main_axes_by_hand() {
        let found = axes(&codes(), 5).unwrap();
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["axis 1", "axis 2"]);
        assert!(found.iter().all(|one| one.kind == Kind::Axis));
        let first = (16.0f32 / 3.0 / 2.0).sqrt();
        near(&found[0].step, &[first, first]);
        assert!((length(&found[1].step) - (4.0f32 / 3.0).sqrt()).abs() < 1e-5);
        assert!((found[0].strength - 0.8).abs() < 1e-5);
        assert_eq!(axes(&codes(), 1).unwrap().len(), 1);
    }

    #[test]
    fn fewer_photographs_than_numbers_have_fewer_axes() {
        let line = of(&[1.0, 2.0, 3.0, 3.0, 2.0, 1.0], 3);
        assert_eq!(axes(&line, 3).unwrap().len(), 1);
    }

    #[test]
    fn the_first_layer_by_hand() {
        // A^T A is diagonal: 1 + 4 for the first number, 9 for the second, 0 for the third.
        let layer = [1.0, 0.0, 0.0, 0.0, 3.0, 0.0, 2.0, 0.0, 0.0];
        let found = first_layer(&layer, 3, None, 3).unwrap();
        let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["layer 1", "layer 2"]);
        near(&found[0].step, &[0.0, (1.0f32 / 3.0).sqrt(), 0.0]);
        assert!((found[0].strength - 9.0 / 14.0).abs() < 1e-6);
        assert_eq!(found[1].kind, Kind::Layer);
    }

    #[test]
    fn a_step_in_the_first_layer_is_a_deviation_of_photographs() {
        // All of it along (1, -1).
        let found = first_layer(&[1.0, -1.0], 2, Some(&codes()), 2).unwrap();
        assert_eq!(found.len(), 1);
        assert!((length(&found[0].step) - (4.0f32 / 3.0).sqrt()).abs() < 1e-5);
        let flat = of(&[1.0, 1.0, 2.0, 2.0], 2);
        let none = first_layer(&[1.0, -1.0], 2, Some(&flat), 2).unwrap();
        assert!(none.is_empty(), "photographs do not differ there: {none:?}");
    }

    #[test]
    fn codes_that_are_too_long_are_refused() {
        let error = first_layer(&[], 513, None, 1).unwrap_err().to_string();
        assert!(error.contains("513") && error.contains("512"), "{error}");
    }
}
