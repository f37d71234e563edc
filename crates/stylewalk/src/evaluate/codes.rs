//! Photographs' codes E(x) against the prior: how many lie outside it, and how they spread.

use anyhow::Result;
use bigan::card::Evaluation;

use crate::features;

/// Fills in the figures of `codes`, one for each photograph.
pub fn measure(codes: &[Vec<f32>], evaluation: &mut Evaluation) -> Result<()> {
    let numbers = || codes.iter().flatten();
    let outside = numbers().filter(|value| value.abs() > 1.0).count();
    evaluation.codes_outside_prior = Some(outside as f64 / numbers().count() as f64);
    let variances = features::variances(codes)?;
    evaluation.codes_variance_largest = variances.first().copied();
    evaluation.codes_variance_smallest = variances.last().copied();
    evaluation.codes_effective_rank = Some(effective_rank(&variances));
    Ok(())
}

/// exp of the entropy of the variances' shares (Roy and Vetterli, 2007): as many directions as there are where all vary
/// alike, 1 where one alone does.
fn effective_rank(variances: &[f64]) -> f64 {
    let total: f64 = variances.iter().sum();
    let shares = variances.iter().map(|variance| variance / total);
    let entropy: f64 = shares
        .filter(|share| *share > 0.0)
        .map(|share| -share * share.ln())
        .sum();
    entropy.exp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_by_hand() {
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        close(effective_rank(&[2.0; 5]), 5.0);
        close(effective_rank(&[7.0, 0.0, 0.0]), 1.0);
        // Shares of a half and two quarters: an entropy of 1.5 ln 2.
        close(effective_rank(&[2.0, 1.0, 1.0]), 2f64.powf(1.5));
    }
}
