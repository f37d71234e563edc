//! The kernel distance of two sets of features (Binkowski et al., 2018, "KID").

use anyhow::{Result, ensure};
use ndarray::Array2;
use rand::seq::index::sample;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::matrix::matrix;

/// Mean and standard deviation, over subsets, of the squared maximum mean discrepancy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct KernelDistance {
    /// Its mean; unbiased, so that two halves of one set are 0 apart on average, and below it as often as above.
    pub mean: f64,
    /// Its deviation from subset to subset.
    pub deviation: f64,
}

/// Draws `subsets` times `size` rows of each set, and compares those by the kernel (x.y / d + 1)^3, d features long.
pub fn kernel_distance(
    first: &[Vec<f32>],
    second: &[Vec<f32>],
    subsets: usize,
    size: usize,
    seed: u64,
) -> Result<KernelDistance> {
    ensure!(
        size > 1 && subsets > 0 && size <= first.len().min(second.len()),
        "KID needs subsets of at least two pictures, and as many pictures on each side"
    );
    let (first, second) = (matrix(first)?, matrix(second)?);
    ensure!(
        first.ncols() == second.ncols(),
        "the two sets have features of different networks"
    );
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut rows = |set: &Array2<f64>| {
        let chosen = sample(&mut rng, set.nrows(), size).into_vec();
        set.select(ndarray::Axis(0), &chosen)
    };
    let found: Vec<f64> = (0..subsets)
        .map(|_| discrepancy(&rows(&first), &rows(&second)))
        .collect();
    let count = found.len() as f64;
    let mean = found.iter().sum::<f64>() / count;
    let squares: f64 = found.iter().map(|one| (one - mean).powi(2)).sum();
    Ok(KernelDistance {
        mean,
        deviation: (squares / count).sqrt(),
    })
}

/// The unbiased estimate of the squared maximum mean discrepancy of two sets with equally many rows: pairs of a row with
/// itself do not count.
pub fn discrepancy(first: &Array2<f64>, second: &Array2<f64>) -> f64 {
    let kernel = |a: &Array2<f64>, b: &Array2<f64>| {
        let features = a.ncols() as f64;
        a.dot(&b.t())
            .mapv(|product| (product / features + 1.0).powi(3))
    };
    let size = first.nrows() as f64;
    let within = |rows: &Array2<f64>| {
        let all = kernel(rows, rows);
        (all.sum() - all.diag().sum()) / (size * (size - 1.0))
    };
    let between = kernel(first, second).sum() / (size * size);
    within(first) + within(second) - 2.0 * between
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::golden::{figure, set};

    #[test]
    fn as_torchmetrics_measures() {
        let (a, b) = (set("real"), set("generated"));
        // Subsets that are the whole sets: whatever order they are drawn in.
        let found = kernel_distance(&a, &b, 3, 40, 5).unwrap();
        let expected = figure("kid");
        let close = 1e-9 * expected.abs();
        assert!(
            (found.mean - expected).abs() < close,
            "{} is not {expected}",
            found.mean
        );
        assert!(found.deviation < close, "{}", found.deviation);
    }

    #[test]
    fn halves_of_one_set_are_nothing_apart_and_other_sets_are() {
        let (a, b) = (set("real"), set("generated"));
        let same = kernel_distance(&a[..20], &a[20..], 200, 10, 1).unwrap();
        let other = kernel_distance(&a, &b, 200, 10, 1).unwrap();
        assert!(same.mean.abs() < same.deviation, "{same:?}");
        assert!(other.mean > 5.0 * same.mean.abs(), "{other:?} {same:?}");
        assert_eq!(other, kernel_distance(&a, &b, 200, 10, 1).unwrap());
        assert_ne!(other, kernel_distance(&a, &b, 200, 10, 2).unwrap());
    }

    #[test]
    fn subsets_that_cannot_be_drawn_are_refused() {
        let (a, b) = (set("real"), set("few"));
        for (subsets, size) in [(1, 7), (1, 1), (0, 3)] {
            assert!(kernel_distance(&a, &b, subsets, size, 0).is_err());
        }
    }
}
