//! Features as matrices, one picture a row.

use anyhow::{Context, Result};
use ndarray::Array2;

/// Rows as a matrix in f64, in which covariances keep their digits.
pub fn matrix(rows: &[Vec<f32>]) -> Result<Array2<f64>> {
    let columns = rows.first().map_or(0, Vec::len);
    let values = rows
        .iter()
        .flatten()
        .map(|value| f64::from(*value))
        .collect();
    Array2::from_shape_vec((rows.len(), columns), values)
        .context("the pictures do not all have as many features")
}
