//! The distribution of photographs' codes as a mixture of Gaussians. Kinds of garments are clusters of codes; one Gaussian
//! over all of them draws much that lies between two, a shirt above trousers. (What is fitted to the codes of a trained
//! autoencoder: Ghosh et al., "From variational to deterministic autoencoders", 2020, section 4.)

use rand::{Rng, RngExt};

use super::Gaussian;
use super::gaussian::{FACTOR, MEAN};
use crate::weights::{self, Entry, ModelError, Precision, Tensors};

const SHARE: &str = "share";
/// More parts than this are not read: a file's header alone would have them allocated.
const MOST_PARTS: usize = 1024;

/// One or more Gaussians, and how often a code is of each.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    /// Of each part; positive.
    shares: Vec<f32>,
    parts: Vec<Gaussian>,
}

impl From<Gaussian> for Mixture {
    fn from(one: Gaussian) -> Self {
        Self {
            shares: vec![1.0],
            parts: vec![one],
        }
    }
}

impl Mixture {
    /// Of `parts` for codes of the same length, each with the share of codes that are its. `None` where there are none.
    #[must_use]
    pub fn of(parts: Vec<(f32, Gaussian)>) -> Option<Self> {
        let latent = parts.first()?.1.latent();
        let fit = |(share, part): &(f32, Gaussian)| *share > 0.0 && part.latent() == latent;
        parts.iter().all(fit).then(|| {
            let (shares, parts) = parts.into_iter().unzip();
            Self { shares, parts }
        })
    }

    /// `count` codes, one after the other.
    pub fn draw(&self, rng: &mut impl Rng, count: usize) -> Vec<f32> {
        if let [one] = &self.parts[..] {
            return one.draw(rng, count);
        }
        let codes = (0..count).map(|_| {
            let part = self.part(rng.random());
            part.draw(rng, 1)
        });
        codes.collect::<Vec<_>>().concat()
    }

    /// Numbers of a code.
    #[must_use]
    pub fn latent(&self) -> usize {
        self.parts[0].latent()
    }

    /// How many Gaussians there are.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts.len()
    }

    /// The part whose share a number from 0 to 1 falls into, shares laid one after the other.
    fn part(&self, at: f32) -> &Gaussian {
        let mut left = at * self.shares.iter().sum::<f32>();
        let found = self.shares.iter().position(|share| {
            left -= share;
            left < 0.0
        });
        // Rounding may leave nothing for the last.
        &self.parts[found.unwrap_or(self.parts.len() - 1)]
    }

    /// The parts, and what share of all codes is of each.
    fn shared(&self) -> impl Iterator<Item = (f64, &Gaussian)> {
        let all: f64 = self.shares.iter().map(|share| f64::from(*share)).sum();
        let shares = self.shares.iter();
        let shares = shares.map(move |share| f64::from(*share) / all);
        shares.zip(&self.parts)
    }

    /// The covariance of all, row by row: that within parts and that of their means.
    pub(super) fn covariance(&self) -> Vec<f64> {
        let latent = self.latent();
        let mut mean = vec![0.0; latent];
        for (share, part) in self.shared() {
            for (sum, value) in mean.iter_mut().zip(part.mean()) {
                *sum += share * f64::from(*value);
            }
        }
        let mut covariance = vec![0.0; latent * latent];
        for (share, part) in self.shared() {
            let apart = part.mean().iter().zip(&mean);
            let apart: Vec<f64> = apart.map(|(own, all)| f64::from(*own) - all).collect();
            let between = apart.iter().flat_map(|a| apart.iter().map(move |b| a * b));
            let within = part.covariance();
            for (sum, (within, between)) in covariance.iter_mut().zip(within.iter().zip(between)) {
                *sum += share * (within + between);
            }
        }
        covariance
    }

    /// The standard deviation of codes along a direction of length 1.
    pub(super) fn deviation(&self, direction: &[f64]) -> f64 {
        let along = |part: &Gaussian| -> f64 {
            let products = part.mean().iter().zip(direction);
            products.map(|(a, b)| f64::from(*a) * b).sum()
        };
        let mean: f64 = self.shared().map(|(share, part)| share * along(part)).sum();
        // Within parts, and of their means.
        let variances = self.shared().map(|(share, part)| {
            share * (part.deviation(direction).powi(2) + (along(part) - mean).powi(2))
        });
        variances.sum::<f64>().sqrt()
    }

    /// As a safetensors file. Of one part `mean` `[latent]` and `factor` `[latent, latent]`, both f32, as it was before
    /// there were several; of more `share` `[parts]`, f32, and in f16 `mean` `[parts, latent]` and the factors' lower
    /// triangles, row after row, as `factor` `[parts, latent (latent + 1) / 2]`.
    pub(crate) fn encode(&self, file: &str) -> Result<Vec<u8>, ModelError> {
        let (count, latent) = (self.parts(), self.latent());
        if let [one] = &self.parts[..] {
            return one.encode(file);
        }
        let means: Vec<f32> = self
            .parts
            .iter()
            .flat_map(Gaussian::mean)
            .copied()
            .collect();
        let factors: Vec<f32> = self.parts.iter().flat_map(Gaussian::triangle).collect();
        let half = |name: &str, values: &[f32]| {
            let shape = vec![count, values.len() / count];
            Entry::kernel(name.to_owned(), shape, values, Precision::F16, 0)
        };
        let mut entries = vec![Entry::floats(SHARE.to_owned(), vec![count], &self.shares)];
        entries.extend(half(MEAN, &means));
        entries.extend(half(FACTOR, &factors));
        debug_assert_eq!(factors.len(), count * triangle(latent));
        weights::serialize(file, &entries)
    }

    /// From such a file, for codes of `latent` numbers.
    pub(crate) fn decode(file: &str, bytes: &[u8], latent: usize) -> Result<Self, ModelError> {
        let tensors = Tensors::open(file, bytes, Precision::F16)?;
        let Some(shape) = tensors.shape(SHARE) else {
            return Gaussian::decode(file, bytes, latent).map(Self::from);
        };
        let count = shape.first().copied().unwrap_or(0).clamp(1, MOST_PARTS);
        let shares = tensors.get(SHARE, &[count])?;
        let means = tensors.get(MEAN, &[count, latent])?;
        let factors = tensors.get(FACTOR, &[count, triangle(latent)])?;
        let parts = means.chunks_exact(latent);
        let parts = parts.zip(factors.chunks_exact(triangle(latent)));
        let parts = parts.map(|(mean, factor)| Gaussian::of_triangle(mean, factor));
        let parts = shares.iter().copied().zip(parts).collect();
        Self::of(parts).ok_or_else(|| ModelError::Safetensors {
            file: file.to_owned(),
            reason: "a share of codes is not above zero".to_owned(),
        })
    }
}

/// Numbers of a lower triangle.
fn triangle(side: usize) -> usize {
    side * (side + 1) / 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// Three codes of four near (-8, 4), with a hundredth of deviation, and one near (8, 4) with a half along the first
    /// number.
    fn two() -> Mixture {
        let part = |mean: [f64; 2], variances: [f64; 2]| {
            Gaussian::of_moments(&mean, &[variances[0], 0.0, 0.0, variances[1]])
        };
        let near = part([-8.0, 4.0], [1e-4, 1e-4]);
        let far = part([8.0, 4.0], [0.25, 0.0]);
        Mixture::of(vec![(0.75, near), (0.25, far)]).unwrap()
    }

    #[test]
    fn codes_are_drawn_from_each_part_as_often_as_its_share_says() {
        let codes = two().draw(&mut ChaCha8Rng::seed_from_u64(1), 4000);
        let near = codes.chunks_exact(2).filter(|code| code[0] < -7.9);
        let share = near.count() as f64 / 4000.0;
        assert!((share - 0.75).abs() < 0.02, "{share}");
        assert!(codes.chunks_exact(2).all(|code| code[0].abs() > 5.0));
        let again = two().draw(&mut ChaCha8Rng::seed_from_u64(1), 2);
        assert_eq!(again, codes[..4]);
    }

    #[test]
    fn the_covariance_is_that_of_all() {
        // Within parts 0.75 * 1e-4 + 0.25 * 0.25 and 0.75 * 1e-4; means at -12 and 4 from their own mean, -4 and so 48.
        let [a, b, c, d] = two().covariance()[..] else {
            panic!("two numbers");
        };
        assert!((a - 48.062_575).abs() < 1e-4 && (d - 7.5e-5).abs() < 1e-9);
        assert_eq!((b, c), (0.0, 0.0));
        assert!((two().deviation(&[1.0, 0.0]) - a.sqrt()).abs() < 1e-9);
    }

    #[test]
    fn one_part_is_the_gaussian_and_its_file() {
        let gaussian = Gaussian::of(&[-1.0, -1.0, 1.0, 2.0, 3.0, 6.0], 2).unwrap();
        let one = Mixture::from(gaussian.clone());
        let draw = |seed| ChaCha8Rng::seed_from_u64(seed);
        assert_eq!(one.draw(&mut draw(1), 3), gaussian.draw(&mut draw(1), 3));
        let bytes = one.encode("codes.safetensors").unwrap();
        assert_eq!(bytes, gaussian.encode("codes.safetensors").unwrap());
        assert_eq!(
            Mixture::decode("codes.safetensors", &bytes, 2).unwrap(),
            one
        );
    }

    #[test]
    fn a_file_holds_all_parts_and_a_damaged_one_is_refused_by_name() {
        let bytes = two().encode("codes.safetensors").unwrap();
        let read = |bytes: &[u8], latent| Mixture::decode("codes.safetensors", bytes, latent);
        let found = read(&bytes, 2).unwrap();
        assert_eq!((found.parts(), found.latent()), (2, 2));
        // Deviations are f16: a hundredth to the fifth digit.
        assert!((found.deviation(&[0.0, 1.0]) - two().deviation(&[0.0, 1.0])).abs() < 1e-5);
        for error in [read(&bytes, 3), read(&bytes[..20], 2)] {
            let said = error.unwrap_err().to_string();
            assert!(said.contains("codes.safetensors"), "{said}");
        }
        let part = || Gaussian::of_moments(&[0.0], &[1.0]);
        assert!(Mixture::of(vec![(0.0, part())]).is_none());
        assert!(Mixture::of(vec![]).is_none());
    }
}
