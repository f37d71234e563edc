//! Random numbers, drawn on the host from one seeded generator, so that every device trains on the same ones.

use rand::{Rng, RngExt};

/// `count` numbers uniform on `[-1, 1)`: the paper's prior over codes.
pub fn uniform(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    (0..count)
        .map(|_| rng.random::<f32>() * 2.0 - 1.0)
        .collect()
}

/// `count` standard normal numbers, by Box and Muller's transform.
pub fn normal(rng: &mut impl Rng, count: usize) -> Vec<f32> {
    let mut values = Vec::with_capacity(count + 1);
    while values.len() < count {
        // 1 - u is in (0, 1], so the logarithm is finite.
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let angle = std::f64::consts::TAU * rng.random::<f64>();
        values.push((radius * angle.cos()) as f32);
        values.push((radius * angle.sin()) as f32);
    }
    values.truncate(count);
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    /// Asserts that `values` have this mean and variance, to 0.02.
    fn assert_moments(values: &[f32], mean: f32, variance: f32) {
        let count = values.len() as f32;
        let found = values.iter().sum::<f32>() / count;
        let square = values.iter().map(|v| (v - found).powi(2)).sum::<f32>() / count;
        assert!((found - mean).abs() < 0.02, "{found} is not {mean}");
        assert!(
            (square - variance).abs() < 0.02,
            "{square} is not {variance}"
        );
    }

    #[test]
    fn both_distributions_have_their_mean_and_variance() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert_moments(&uniform(&mut rng, 40_000), 0.0, 1.0 / 3.0);
        assert_moments(&normal(&mut rng, 40_001), 0.0, 1.0);
    }
}
