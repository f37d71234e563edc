//! A mixture of Gaussians fitted to codes by expectation and maximization, with as many parts as make codes that it has not
//! seen most likely.
//!
//! A part of few codes says little of a covariance of many numbers: each is drawn towards the mean one of all parts, as if
//! that had been seen in as many codes as a code has numbers.

use std::f64::consts::TAU;
use std::ops::AddAssign;

use bigan::latent::{Gaussian, Mixture};
use linfa_linalg::cholesky::Cholesky;
use linfa_linalg::triangular::{SolveTriangular, UPLO};
use ndarray::{Array1, Array2, ArrayView1, Axis};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

/// Numbers of parts that are tried.
const PARTS: [usize; 5] = [2, 4, 8, 16, 32];
/// Every so many-th code is left out of the fit, and says how likely it makes what it has not seen.
const KEPT_APART: usize = 10;
/// Rounds of k-means before the first covariance.
const MEANS_ROUNDS: usize = 10;
/// Rounds of expectation and maximization at most, and the gain in mean log likelihood below which they end.
const ROUNDS: usize = 100;
const GAIN: f64 = 1e-3;
/// Share of the mean variance that is added to each: codes may lie in a plane.
const RIDGE: f64 = 1e-6;

/// The mixture of the number of parts that makes codes most likely which it has not seen. `None` where one Gaussian does, or
/// there are too few codes to tell.
pub fn best(codes: &[f32], latent: usize) -> Option<Mixture> {
    let codes = Array2::from_shape_fn((codes.len() / latent, latent), |(row, column)| {
        f64::from(codes[row * latent + column])
    });
    let kept: Vec<usize> = (0..codes.nrows()).step_by(KEPT_APART).collect();
    let seen: Vec<usize> = (0..codes.nrows())
        .filter(|row| row % KEPT_APART != 0)
        .collect();
    let [kept, seen] = [kept, seen].map(|rows| codes.select(Axis(0), &rows));
    let unseen = |parts: usize| Some(Fit::of(&seen, parts)?.log_likelihood(&kept));
    let one = unseen(1)?;
    let tried = PARTS.into_par_iter();
    let tried = tried.filter(|parts| parts * latent <= seen.nrows());
    let found: Vec<_> = tried
        .filter_map(|parts| Some((parts, unseen(parts)?)))
        .collect();
    let best = found.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
    let (parts, likelihood) = best?;
    if likelihood <= one {
        return None;
    }
    Fit::of(&codes, parts)?.mixture()
}

/// A Gaussian of the mixture, and what its density takes.
struct Part {
    share: f64,
    mean: Array1<f64>,
    covariance: Array2<f64>,
    /// The transpose of the inverse of the covariance's Cholesky factor: codes times it, less the mean's, are standard normal.
    whitening: Array2<f64>,
    /// Of the density at the mean, times the share.
    log_peak: f64,
}

impl Part {
    /// `None` where the covariance is none.
    fn new(share: f64, mean: Array1<f64>, covariance: Array2<f64>) -> Option<Self> {
        let factor = covariance.cholesky().ok()?;
        let one = Array2::eye(mean.len());
        let inverse = factor.solve_triangular(&one, UPLO::Lower).ok()?;
        let deviations: f64 = factor.diag().iter().map(|value| value.ln()).sum();
        Some(Self {
            log_peak: share.ln() - deviations - 0.5 * mean.len() as f64 * TAU.ln(),
            whitening: inverse.reversed_axes(),
            share,
            mean,
            covariance,
        })
    }

    /// The logarithm of share times density, of each code.
    fn log_density(&self, codes: &Array2<f64>) -> Array1<f64> {
        let white = (codes - &self.mean).dot(&self.whitening);
        let squares = white.map_axis(Axis(1), |row| row.dot(&row));
        squares.mapv(|square| self.log_peak - 0.5 * square)
    }
}

/// A mixture.
struct Fit {
    parts: Vec<Part>,
}

impl Fit {
    /// To `codes`, one a row. `None` where they have no covariance.
    fn of(codes: &Array2<f64>, parts: usize) -> Option<Self> {
        let mut fit = Self::maximized(codes, &clusters(codes, parts))?;
        let mut before = f64::NEG_INFINITY;
        for _ in 0..ROUNDS {
            let (shares, likelihood) = fit.expected(codes);
            if likelihood - before < GAIN {
                break;
            }
            before = likelihood;
            fit = Self::maximized(codes, &shares)?;
        }
        Some(fit)
    }

    /// The parts that fit best to codes of which each belongs to each by so large a share, `[codes, parts]`.
    fn maximized(codes: &Array2<f64>, shares: &Array2<f64>) -> Option<Self> {
        let (count, latent) = codes.dim();
        let moments = shares
            .columns()
            .into_iter()
            .filter_map(|shares| moments(codes, shares));
        let moments: Vec<_> = moments.collect();
        let mut mean = Array2::zeros((latent, latent));
        for (_, _, scatter) in &moments {
            mean.add_assign(scatter);
        }
        mean /= count as f64;
        let ridge = RIDGE * mean.diag().sum() / latent as f64;
        let towards = mean * latent as f64;
        let parts = moments.into_iter().map(|(weight, mean, scatter)| {
            let mut covariance = (scatter + &towards) / (weight + latent as f64);
            covariance.diag_mut().add_assign(ridge);
            Part::new(weight / count as f64, mean, covariance)
        });
        let parts: Vec<_> = parts.collect::<Option<_>>()?;
        (!parts.is_empty()).then_some(Self { parts })
    }

    /// By how large a share each code belongs to each part, and the codes' mean log likelihood.
    fn expected(&self, codes: &Array2<f64>) -> (Array2<f64>, f64) {
        let mut shares = Array2::zeros((codes.nrows(), self.parts.len()));
        for (part, mut column) in self.parts.iter().zip(shares.columns_mut()) {
            column.assign(&part.log_density(codes));
        }
        let mut likelihood = 0.0;
        for mut row in shares.rows_mut() {
            let most = row.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            row.mapv_inplace(|log| (log - most).exp());
            let sum = row.sum();
            row /= sum;
            likelihood += most + sum.ln();
        }
        (shares, likelihood / codes.nrows() as f64)
    }

    fn log_likelihood(&self, codes: &Array2<f64>) -> f64 {
        self.expected(codes).1
    }

    fn mixture(self) -> Option<Mixture> {
        let parts = self.parts.into_iter().map(|part| {
            let covariance: Vec<f64> = part.covariance.iter().copied().collect();
            let gaussian = Gaussian::of_moments(&part.mean.to_vec(), &covariance);
            (part.share as f32, gaussian)
        });
        Mixture::of(parts.collect())
    }
}

/// The sum of the codes' shares, their mean, and the sum of products of what lies apart from it. `None` of a part that has lost
/// its codes.
fn moments(
    codes: &Array2<f64>,
    shares: ArrayView1<'_, f64>,
) -> Option<(f64, Array1<f64>, Array2<f64>)> {
    let weight = shares.sum();
    if weight < 1.0 {
        return None;
    }
    let mean = shares.dot(codes) / weight;
    let apart = codes - &mean;
    let weighted = &apart * &shares.insert_axis(Axis(1));
    Some((weight, mean, weighted.t().dot(&apart)))
}

/// Codes in clusters by k-means, the first centres far apart (Arthur and Vassilvitskii, 2007): 1 for each code's own,
/// `[codes, parts]`.
fn clusters(codes: &Array2<f64>, parts: usize) -> Array2<f64> {
    let mut centres = first_centres(codes, parts);
    let mut members = nearest(codes, &centres);
    for _ in 1..MEANS_ROUNDS {
        let counts = members.sum_axis(Axis(0));
        let sums = members.t().dot(codes);
        for ((mut centre, sum), count) in
            centres.rows_mut().into_iter().zip(sums.rows()).zip(counts)
        {
            if count > 0.0 {
                centre.assign(&(&sum / count));
            }
        }
        members = nearest(codes, &centres);
    }
    members
}

fn first_centres(codes: &Array2<f64>, parts: usize) -> Array2<f64> {
    let mut rng = ChaCha8Rng::seed_from_u64(0);
    let mut chosen = vec![0];
    let mut squares = Array1::from_elem(codes.nrows(), f64::INFINITY);
    while chosen.len() < parts {
        let apart = codes - &codes.row(chosen[chosen.len() - 1]);
        let from_last = apart.map_axis(Axis(1), |row| row.dot(&row));
        squares.zip_mut_with(&from_last, |least, square| *least = least.min(*square));
        let mut left = rng.random::<f64>() * squares.sum();
        let next = squares.iter().position(|square| {
            left -= square;
            left < 0.0
        });
        chosen.push(next.unwrap_or(codes.nrows() - 1));
    }
    codes.select(Axis(0), &chosen)
}

/// 1 for the centre that is nearest to each code, `[codes, centres]`.
fn nearest(codes: &Array2<f64>, centres: &Array2<f64>) -> Array2<f64> {
    let lengths = centres.map_axis(Axis(1), |row| row.dot(&row));
    // The code's own length is the same for all.
    let squares = &lengths - 2.0 * codes.dot(&centres.t());
    let mut members = Array2::zeros(squares.dim());
    for (row, mut member) in squares.rows().into_iter().zip(members.rows_mut()) {
        let least = row.iter().enumerate().min_by(|a, b| a.1.total_cmp(b.1));
        if let Some((at, _)) = least {
            member[at] = 1.0;
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use super::*;
    use bigan::random::normal;

    /// Codes of three numbers around each of `centres`, the first number of a deviation of a half, the others of a tenth.
    fn around(centres: &[[f32; 3]], each: usize) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut codes = Vec::new();
        for _ in 0..each {
            for centre in centres {
                let noise = normal(&mut rng, 3);
                let spread = [0.5, 0.1, 0.1];
                let code = centre.iter().zip(noise).zip(spread);
                codes.extend(code.map(|((centre, noise), spread)| centre + spread * noise));
            }
        }
        codes
    }

    #[test]
    fn what_lies_in_clusters_is_drawn_in_clusters() {
        let centres = [[0.0, 0.0, 0.0], [0.0, 4.0, 0.0], [4.0, 0.0, 4.0]];
        let codes = around(&centres, 400);
        let mixture = best(&codes, 3).expect("clusters");
        assert!(mixture.parts() >= 3, "{}", mixture.parts());
        let drawn = mixture.draw(&mut ChaCha8Rng::seed_from_u64(2), 1000);
        for code in drawn.chunks_exact(3) {
            let near = |centre: &[f32; 3]| {
                (code[0] - centre[0]).abs() < 2.5
                    && (code[1] - centre[1]).abs() < 0.6
                    && (code[2] - centre[2]).abs() < 0.6
            };
            assert!(centres.iter().any(near), "{code:?}");
        }
    }

    #[test]
    fn the_parts_are_those_that_the_codes_were_drawn_of() {
        let codes = around(&[[0.0, 0.0, 0.0], [3.0, 9.0, 0.0]], 2000);
        let codes = Array2::from_shape_fn((4000, 3), |(row, column)| {
            f64::from(codes[row * 3 + column])
        });
        let fit = Fit::of(&codes, 2).expect("a fit");
        for part in &fit.parts {
            assert!((part.share - 0.5).abs() < 1e-3);
            for (at, variance) in [0.25, 0.01, 0.01].into_iter().enumerate() {
                let found = part.covariance[[at, at]];
                assert!(
                    (found / variance - 1.0).abs() < 0.1,
                    "{found} is not {variance}"
                );
            }
        }
        let mut firsts: Vec<f64> = fit.parts.iter().map(|part| part.mean[1]).collect();
        firsts.sort_by(f64::total_cmp);
        assert!(firsts[0].abs() < 0.02 && (firsts[1] - 9.0).abs() < 0.02);
    }

    #[test]
    fn one_cloud_is_one_gaussian_and_so_are_few_codes() {
        assert!(best(&around(&[[1.0, 2.0, 3.0]], 600), 3).is_none());
        assert!(best(&around(&[[0.0; 3], [9.0; 3]], 1), 3).is_none());
        // All the same: no covariance at all.
        assert!(best(&[1.0; 300], 3).is_none());
    }
}
