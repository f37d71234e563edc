//! The distribution of photographs' codes as a Gaussian: codes like theirs, where the prior's are anything in a cube.

use rand::Rng;

use crate::random::normal;
use crate::weights::{self, Entry, ModelError, Precision, Tensors};

pub(super) const MEAN: &str = "mean";
pub(super) const FACTOR: &str = "factor";
/// Below this share of a number's variance, what the numbers before it leave unexplained counts as rounding.
const ROUNDING: f64 = 1e-10;

/// Mean and covariance of codes.
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    mean: Vec<f32>,
    /// The covariance's Cholesky factor, row by row: lower triangular, and its product with its transpose is the
    /// covariance.
    factor: Vec<f32>,
}

impl Gaussian {
    /// Mean and covariance of `codes`, `latent` numbers each, one after the other. None for fewer than two, or where a
    /// number is not finite.
    pub fn of(codes: &[f32], latent: usize) -> Option<Self> {
        let rows = codes.chunks_exact(latent);
        let count = rows.len();
        if count < 2 || !codes.iter().all(|value| value.is_finite()) {
            return None;
        }
        let mut mean = vec![0.0; latent];
        for row in rows.clone() {
            for (mean, value) in mean.iter_mut().zip(row) {
                *mean += f64::from(*value) / count as f64;
            }
        }
        let mut covariance = vec![0.0; latent * latent];
        for row in rows {
            let apart: Vec<f64> = row
                .iter()
                .zip(&mean)
                .map(|(v, m)| f64::from(*v) - m)
                .collect();
            for (line, a) in covariance.chunks_exact_mut(latent).zip(&apart) {
                for (sum, b) in line.iter_mut().zip(&apart) {
                    *sum += a * b / (count as f64 - 1.0);
                }
            }
        }
        Some(Self::of_moments(&mean, &covariance))
    }

    /// Of this mean and covariance, row by row.
    #[must_use]
    pub fn of_moments(mean: &[f64], covariance: &[f64]) -> Self {
        let single = |values: &[f64]| values.iter().map(|value| *value as f32).collect();
        Self {
            mean: single(mean),
            factor: single(&cholesky(covariance, mean.len())),
        }
    }

    /// Of this mean and the factor's lower triangle, row after row.
    pub(super) fn of_triangle(mean: &[f32], triangle: &[f32]) -> Self {
        let latent = mean.len();
        let mut factor = vec![0.0; latent * latent];
        let mut rest = triangle;
        for (row, line) in factor.chunks_exact_mut(latent).enumerate() {
            let (values, after) = rest.split_at(row + 1);
            line[..=row].copy_from_slice(values);
            rest = after;
        }
        let mean = mean.to_vec();
        Self { mean, factor }
    }

    /// The factor's lower triangle, row after row.
    pub(super) fn triangle(&self) -> impl Iterator<Item = f32> + '_ {
        let lines = self.factor.chunks_exact(self.latent().max(1));
        lines
            .enumerate()
            .flat_map(|(row, line)| line[..=row].iter().copied())
    }

    pub(super) fn mean(&self) -> &[f32] {
        &self.mean
    }

    /// `count` codes, one after the other.
    pub fn draw(&self, rng: &mut impl Rng, count: usize) -> Vec<f32> {
        let latent = self.mean.len();
        let noise = normal(rng, count * latent);
        let rows = noise.chunks_exact(latent);
        rows.flat_map(|noise| self.code(noise)).collect()
    }

    /// Numbers of a code.
    pub fn latent(&self) -> usize {
        self.mean.len()
    }

    /// The covariance, row by row.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let lines = || self.factor.chunks_exact(self.latent().max(1));
        let product = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
        let entry = |a: &[f32], b: &[f32]| a.iter().zip(b).map(product).sum();
        lines()
            .flat_map(|a| lines().map(move |b| entry(a, b)))
            .collect()
    }

    /// The standard deviation of codes along a direction of length 1.
    pub(super) fn deviation(&self, direction: &[f64]) -> f64 {
        let latent = self.latent();
        let mut spread = vec![0.0; latent];
        for (line, value) in self.factor.chunks_exact(latent.max(1)).zip(direction) {
            for (sum, factor) in spread.iter_mut().zip(line) {
                *sum += value * f64::from(*factor);
            }
        }
        spread.iter().map(|value| value * value).sum::<f64>().sqrt()
    }

    /// mean + factor noise.
    fn code<'a>(&'a self, noise: &'a [f32]) -> impl Iterator<Item = f32> + 'a {
        let lines = self.factor.chunks_exact(self.mean.len());
        lines.zip(&self.mean).map(move |(line, mean)| {
            let products = line.iter().zip(noise).map(|(a, b)| f64::from(a * b));
            mean + products.sum::<f64>() as f32
        })
    }

    /// As a safetensors file of two tensors, `mean` `[latent]` and `factor` `[latent, latent]`, both f32.
    pub(crate) fn encode(&self, file: &str) -> Result<Vec<u8>, ModelError> {
        let latent = self.mean.len();
        let entries = [
            Entry::floats(MEAN.to_owned(), vec![latent], &self.mean),
            Entry::floats(FACTOR.to_owned(), vec![latent; 2], &self.factor),
        ];
        weights::serialize(file, &entries)
    }

    /// From such a file, for codes of `latent` numbers.
    pub(crate) fn decode(file: &str, bytes: &[u8], latent: usize) -> Result<Self, ModelError> {
        let tensors = Tensors::open(file, bytes, Precision::F32)?;
        Ok(Self {
            mean: tensors.get(MEAN, &[latent])?,
            factor: tensors.get(FACTOR, &[latent; 2])?,
        })
    }
}

/// The lower triangular factor of a covariance, `side` numbers a row. Numbers that those before them determine, as of
/// fewer codes than numbers, get a column of zeros.
fn cholesky(covariance: &[f64], side: usize) -> Vec<f64> {
    let mut factor = vec![0.0; side * side];
    for column in 0..side {
        for row in column..side {
            let before = |row: usize| &factor[row * side..][..column];
            let products = before(row).iter().zip(before(column)).map(|(a, b)| a * b);
            let left = covariance[row * side + column] - products.sum::<f64>();
            let pivot = factor[column * side + column];
            factor[row * side + column] = match row == column {
                true if left <= ROUNDING * covariance[row * side + row] => 0.0,
                true => left.sqrt(),
                false if pivot > 0.0 => left / pivot,
                false => 0.0,
            };
        }
    }
    factor
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    #[test]
    fn three_codes_by_hand() {
        // Mean (1, 2); variances 4 and 9, covariance 6 - so that the second number follows the first.
        let found = Gaussian::of(&[-1.0, -1.0, 1.0, 2.0, 3.0, 5.0], 2).unwrap();
        assert_eq!(found.mean, [1.0, 2.0]);
        assert_eq!(found.factor, [2.0, 0.0, 3.0, 0.0]);
        assert_eq!(found.covariance(), [4.0, 6.0, 6.0, 9.0]);
        // As far along (0.6, 0.8) as 0.6 * 2 + 0.8 * 3.
        assert!((found.deviation(&[0.6, 0.8]) - 3.6).abs() < 1e-12);
        // Variances 1 and 2, covariance 1.
        assert_eq!(cholesky(&[1.0, 1.0, 1.0, 2.0], 2), [1.0, 0.0, 1.0, 1.0]);
    }

    #[test]
    fn what_is_drawn_has_the_mean_and_the_covariance_of_what_it_was_made_of() {
        let codes = [
            1.0, 0.0, 2.0, 3.0, 1.0, 2.0, -2.0, 1.0, 2.0, 0.5, 4.0, -1.0, 0.0, 0.0, 1.5,
        ];
        let made_of = Gaussian::of(&codes, 3).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let drawn = Gaussian::of(&made_of.draw(&mut rng, 40_000), 3).unwrap();
        let pairs = made_of.mean.iter().zip(&drawn.mean);
        for (expected, found) in pairs.chain(made_of.factor.iter().zip(&drawn.factor)) {
            assert!((expected - found).abs() < 0.03, "{found} is not {expected}");
        }
        let again = made_of.draw(&mut ChaCha8Rng::seed_from_u64(1), 2);
        assert_eq!(again, made_of.draw(&mut ChaCha8Rng::seed_from_u64(1), 2));
    }

    #[test]
    fn fewer_codes_than_numbers_are_no_special_case() {
        let found = Gaussian::of(&[1.0, 2.0, 3.0, 4.0, 3.0, 2.0, 1.0, 0.0], 4).unwrap();
        let drawn = found.draw(&mut ChaCha8Rng::seed_from_u64(1), 5);
        assert!(drawn.iter().all(|value| value.is_finite()));
        // Every code lies on the line through the two.
        for code in drawn.chunks_exact(4) {
            let along = code[0] - 2.0;
            for (value, (mean, slope)) in
                code.iter()
                    .zip([(2.0, 1.0), (2.0, 0.0), (2.0, -1.0), (2.0, -2.0)])
            {
                assert!((value - (mean + along * slope)).abs() < 1e-4, "{code:?}");
            }
        }
        assert!(Gaussian::of(&[1.0, 2.0], 2).is_none());
        assert!(Gaussian::of(&[1.0, f32::NAN], 1).is_none());
    }

    #[test]
    fn a_file_holds_all_of_it_and_a_damaged_one_is_refused_by_name() {
        let gaussian = Gaussian::of(&[-1.0, -1.0, 1.0, 2.0, 3.0, 6.0], 2).unwrap();
        let bytes = gaussian.encode("codes.safetensors").unwrap();
        let read = |bytes: &[u8], latent| Gaussian::decode("codes.safetensors", bytes, latent);
        assert_eq!(read(&bytes, 2).unwrap(), gaussian);
        for error in [read(&bytes, 3), read(&bytes[..20], 2)] {
            let said = error.unwrap_err().to_string();
            assert!(said.contains("codes.safetensors"), "{said}");
        }
    }
}
