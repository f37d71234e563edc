//! Matrices of three rows and three columns. Not inlined: every page downloads them, and a photograph needs few.

/// Rows of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix(pub [[f64; 3]; 3]);

impl Matrix {
    /// Changes nothing.
    pub const SAME: Self = Self([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);

    /// Of its columns.
    pub fn of_columns(columns: [[f64; 3]; 3]) -> Self {
        Self(std::array::from_fn(|row| columns.map(|column| column[row])))
    }

    /// Times a column.
    #[inline(never)]
    pub fn times(&self, column: [f64; 3]) -> [f64; 3] {
        self.0
            .map(|row| row[0] * column[0] + row[1] * column[1] + row[2] * column[2])
    }

    /// First `other`, then this.
    #[inline(never)]
    pub fn after(&self, other: &Self) -> Self {
        let columns = std::array::from_fn(|column| self.times(other.0.map(|row| row[column])));
        Self::of_columns(columns)
    }

    /// The way back; none where there is none.
    #[inline(never)]
    pub fn inverse(&self) -> Option<Self> {
        let [a, b, c] = self.0;
        let cross = |u: [f64; 3], v: [f64; 3]| {
            [
                u[1] * v[2] - u[2] * v[1],
                u[2] * v[0] - u[0] * v[2],
                u[0] * v[1] - u[1] * v[0],
            ]
        };
        let columns = [cross(b, c), cross(c, a), cross(a, b)];
        let determinant = a[0] * columns[0][0] + a[1] * columns[0][1] + a[2] * columns[0][2];
        let possible = determinant.is_finite() && determinant.abs() > 1e-9;
        possible.then(|| {
            Self::of_columns(columns.map(|column| column.map(|value| value / determinant)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_nowhere() {
        let matrix = Matrix([[2.0, 1.0, 0.0], [0.5, -3.0, 1.0], [0.0, 4.0, 1.5]]);
        let back = matrix.inverse().unwrap().after(&matrix);
        for (value, same) in back
            .0
            .as_flattened()
            .iter()
            .zip(Matrix::SAME.0.as_flattened())
        {
            assert!((value - same).abs() < 1e-12, "{back:?}");
        }
        assert_eq!(matrix.times([1.0, 2.0, 3.0]), [4.0, -2.5, 12.5]);
        assert!(Matrix([[1.0, 2.0, 3.0]; 3]).inverse().is_none());
    }
}
