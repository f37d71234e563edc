//! Eigenvectors of small symmetric matrices, bit by bit the same natively and in the page.

/// Of the matrix's size, what may be left beside its diagonal: with some hundred numbers, rounding leaves a little less.
const ROUNDING: f64 = 1e-13;
/// Jacobi's method takes less than ten sweeps for a thousand numbers; this bounds what a strange matrix can take.
const SWEEPS: usize = 40;

/// A direction that a symmetric matrix only stretches.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Eigenvector {
    /// By how much.
    pub value: f64,
    /// Of length 1; its largest number, by absolute value, is positive.
    pub vector: Vec<f64>,
}

/// All eigenvectors of a symmetric matrix of finite numbers, `side` a row, largest eigenvalue first.
///
/// Jacobi's cyclic method (Golub and Van Loan, 8.5): plane rotations, each of which makes one pair of numbers beside the
/// diagonal zero, until all are. Nothing in it but sums, products and roots, which every machine rounds alike.
pub(super) fn eigenvectors(matrix: &[f64], side: usize) -> Vec<Eigenvector> {
    let mut matrix = matrix.to_vec();
    // One a row.
    let mut vectors = vec![0.0; side * side];
    for at in 0..side {
        vectors[at * side + at] = 1.0;
    }
    let size: f64 = matrix.iter().map(|value| value * value).sum();
    for _ in 0..SWEEPS {
        if beside_diagonal(&matrix, side) <= ROUNDING * ROUNDING * size {
            break;
        }
        for p in 0..side {
            for q in p + 1..side {
                let Some(turn) = Turn::zeroing(&matrix, side, p, q) else {
                    continue;
                };
                turn.columns(&mut matrix, side, p, q);
                turn.rows(&mut matrix, side, p, q);
                turn.rows(&mut vectors, side, p, q);
            }
        }
    }
    sorted(&matrix, &vectors, side)
}

/// The sum of squares beside the diagonal.
fn beside_diagonal(matrix: &[f64], side: usize) -> f64 {
    let others = matrix.iter().enumerate();
    others
        .filter(|(at, _)| at / side != at % side)
        .map(|(_, value)| value * value)
        .sum()
}

fn sorted(matrix: &[f64], vectors: &[f64], side: usize) -> Vec<Eigenvector> {
    let rows = vectors.chunks_exact(side.max(1)).enumerate();
    let mut found: Vec<Eigenvector> = rows
        .map(|(at, vector)| Eigenvector {
            value: matrix[at * side + at],
            vector: turned_up(vector),
        })
        .collect();
    found.sort_by(|a, b| b.value.total_cmp(&a.value));
    found
}

/// Of the two directions along one line, the one that is told apart here from the other.
fn turned_up(vector: &[f64]) -> Vec<f64> {
    let larger = |most: f64, value: &f64| match value.abs() > most.abs() {
        true => *value,
        false => most,
    };
    let sign = vector.iter().fold(0.0, larger).signum();
    vector.iter().map(|value| sign * value).collect()
}

/// A rotation in the plane of two axes.
struct Turn {
    cosine: f64,
    sine: f64,
}

impl Turn {
    /// By the smaller of the two angles that make the number at `p`, `q` zero; none where it is zero.
    fn zeroing(matrix: &[f64], side: usize, p: usize, q: usize) -> Option<Self> {
        let beside = matrix[p * side + q];
        if beside == 0.0 {
            return None;
        }
        let slope = (matrix[q * side + q] - matrix[p * side + p]) / (2.0 * beside);
        let tangent = slope.signum() / (slope.abs() + (slope * slope + 1.0).sqrt());
        let cosine = 1.0 / (tangent * tangent + 1.0).sqrt();
        Some(Self {
            cosine,
            sine: tangent * cosine,
        })
    }

    fn pair(&self, p: f64, q: f64) -> (f64, f64) {
        (
            self.cosine * p - self.sine * q,
            self.sine * p + self.cosine * q,
        )
    }

    fn columns(&self, matrix: &mut [f64], side: usize, p: usize, q: usize) {
        for row in matrix.chunks_exact_mut(side) {
            (row[p], row[q]) = self.pair(row[p], row[q]);
        }
    }

    fn rows(&self, matrix: &mut [f64], side: usize, p: usize, q: usize) {
        let (before, after) = matrix.split_at_mut(q * side);
        let first = before[p * side..].iter_mut();
        for (p, q) in first.zip(&mut after[..side]) {
            (*p, *q) = self.pair(*p, *q);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::normal;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    fn dot(a: &[f64], b: &[f64]) -> f64 {
        a.iter().zip(b).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn two_by_two_by_hand() {
        // 3 along (1, 1), and 1 along (1, -1).
        let found = eigenvectors(&[2.0, 1.0, 1.0, 2.0], 2);
        let half = 0.5f64.sqrt();
        assert!((found[0].value - 3.0).abs() < 1e-15 && (found[1].value - 1.0).abs() < 1e-15);
        assert!(
            (found[0].vector[0] - half).abs() < 1e-15 && (found[0].vector[1] - half).abs() < 1e-15
        );
        assert!(dot(&found[0].vector, &found[1].vector).abs() < 1e-15);
    }

    #[test]
    fn a_diagonal_is_sorted_and_points_upwards() {
        let found = eigenvectors(&[1.0, 0.0, 0.0, 0.0, -2.0, 0.0, 0.0, 0.0, 5.0], 3);
        let values: Vec<f64> = found.iter().map(|one| one.value).collect();
        assert_eq!(values, [5.0, 1.0, -2.0]);
        assert_eq!(found[0].vector, [0.0, 0.0, 1.0]);
        assert_eq!(turned_up(&[0.6, -0.8]), [-0.6, 0.8]);
    }

    #[test]
    fn nothing_is_no_special_case() {
        assert!(eigenvectors(&[], 0).is_empty());
        let zero = eigenvectors(&[0.0; 4], 2);
        assert!(zero.iter().all(|one| one.value == 0.0));
    }

    #[test]
    fn a_hundred_are_at_right_angles_and_make_the_matrix_again() {
        const SIDE: usize = 100;
        let drawn = normal(&mut ChaCha8Rng::seed_from_u64(4), SIDE * SIDE);
        let mut matrix = vec![0.0; SIDE * SIDE];
        for (row, a) in drawn.chunks_exact(SIDE).enumerate() {
            for (column, b) in drawn.chunks_exact(SIDE).enumerate() {
                let products = a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b));
                matrix[row * SIDE + column] = products.sum();
            }
        }
        let found = eigenvectors(&matrix, SIDE);
        assert!(found.is_sorted_by(|a, b| a.value >= b.value));
        for (at, one) in found.iter().enumerate() {
            for (other, vector) in found.iter().enumerate() {
                let expected = f64::from(u8::from(at == other));
                assert!((dot(&one.vector, &vector.vector) - expected).abs() < 1e-12);
            }
            // M v = value v, up to rounding in sums of a hundred numbers of that size.
            for (row, number) in matrix.chunks_exact(SIDE).zip(&one.vector) {
                let apart = dot(row, &one.vector) - one.value * number;
                assert!(apart.abs() < 1e-10 * found[0].value, "{apart}");
            }
        }
    }
}
