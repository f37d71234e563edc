//! The Frechet distance of two sets of features (Heusel et al., 2017, "FID").

use anyhow::{Context, Result, ensure};
use linfa_linalg::eigh::{EigSort, Eigh};
use ndarray::{Array1, Array2, Axis};

use super::matrix::matrix;

/// |m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^1/2), with means m and covariances S of the rows of both sets.
///
/// The root's trace is that of (S1^1/2 S2 S1^1/2)^1/2, which is symmetric: its eigenvalues are real, and fewer pictures
/// than features, where the covariances have no inverse, need no special case.
pub fn frechet(first: &[Vec<f32>], second: &[Vec<f32>]) -> Result<f64> {
    ensure!(
        first.len() > 1 && second.len() > 1,
        "FID needs at least two pictures on each side"
    );
    let (first_mean, first) = gaussian(&matrix(first)?)?;
    let (second_mean, second) = gaussian(&matrix(second)?)?;
    ensure!(
        first_mean.len() == second_mean.len(),
        "the two sets have features of different networks"
    );
    let apart = (&first_mean - &second_mean).mapv(|d| d * d).sum();
    let root = root(&first)?;
    let both = root.dot(&second).dot(&root);
    let (values, _) = symmetric(&both)?.sort_eig_desc();
    // Rounding leaves those that are zero a little to either side.
    let cross: f64 = values.iter().map(|value| value.max(0.0).sqrt()).sum();
    Ok(apart + first.diag().sum() + second.diag().sum() - 2.0 * cross)
}

/// The eigenvalues of the covariance of rows, largest first: how much the rows vary along its directions.
pub fn variances(rows: &[Vec<f32>]) -> Result<Vec<f64>> {
    ensure!(rows.len() > 1, "a covariance needs at least two rows");
    let (_, covariance) = gaussian(&matrix(rows)?)?;
    let (values, _) = symmetric(&covariance)?.sort_eig_desc();
    Ok(values.iter().map(|value| value.max(0.0)).collect())
}

/// Mean and unbiased covariance of rows.
fn gaussian(rows: &Array2<f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    let mean = rows.mean_axis(Axis(0)).context("a set is empty")?;
    let centred = rows - &mean;
    let covariance = centred.t().dot(&centred) / (rows.nrows() as f64 - 1.0);
    Ok((mean, covariance))
}

/// The symmetric root of a covariance.
fn root(covariance: &Array2<f64>) -> Result<Array2<f64>> {
    let (values, vectors) = symmetric(covariance)?;
    let roots = values.mapv(|value| value.max(0.0).sqrt());
    Ok((&vectors * &roots).dot(&vectors.t()))
}

/// Eigenvalues and eigenvectors (as columns) of a symmetric matrix of finite numbers.
fn symmetric(matrix: &Array2<f64>) -> Result<(Array1<f64>, Array2<f64>)> {
    // Rounding in the product that made it must not count as asymmetry.
    let even = (matrix + &matrix.t()) / 2.0;
    even.eigh().context("a covariance has no eigenvalues")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::golden::{figure, set};

    /// Both sides compute in f64 by different roots; what is left is their rounding.
    #[test]
    fn as_torchmetrics_measures() {
        for (other, name) in [
            ("generated", "fid"),
            ("few", "fid_few"),
            ("real", "fid_same"),
        ] {
            let found = frechet(&set("real"), &set(other)).unwrap();
            let expected = figure(name);
            assert!(
                (found - expected).abs() < 1e-6,
                "{name}: {found} is not {expected}"
            );
        }
    }

    #[test]
    fn symmetric_and_by_hand() {
        let (a, b) = (set("real"), set("few"));
        let (there, back) = (frechet(&a, &b).unwrap(), frechet(&b, &a).unwrap());
        assert!((there - back).abs() < 1e-6, "{there} is not {back}");
        // One feature: (m1 - m2)^2 + (s1 - s2)^2, with deviations 1 and 3 around 0 and 4.
        let half = 0.5f32.sqrt();
        let line = |mean: f32, by: f32| vec![vec![mean - by * half], vec![mean + by * half]];
        let found = frechet(&line(0.0, 1.0), &line(4.0, 3.0)).unwrap();
        assert!((found - 20.0).abs() < 1e-5, "{found}");
    }

    #[test]
    fn variances_by_hand() {
        // Along (1, 1) by 2, and along (1, -1) by 1.
        let rows = [[2.0, 2.0], [-2.0, -2.0], [1.0, -1.0], [-1.0, 1.0]].map(|row| row.to_vec());
        let found = variances(&rows).unwrap();
        for (found, expected) in found.iter().zip([16.0 / 3.0, 4.0 / 3.0]) {
            assert!((found - expected).abs() < 1e-9, "{found}");
        }
        assert!(variances(&rows[..1]).is_err());
    }

    #[test]
    fn sets_that_cannot_be_compared_are_refused() {
        assert!(frechet(&set("real")[..1], &set("few")).is_err());
        assert!(frechet(&[vec![1.0], vec![2.0]], &set("few")).is_err());
        assert!(frechet(&[vec![1.0], vec![2.0, 3.0]], &set("few")).is_err());
        assert!(frechet(&[], &[]).is_err());
    }
}
