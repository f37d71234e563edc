//! Products of matrices that lie in slices, with any strides.

/// A matrix in a slice: element `(row, column)` at `row * row_stride + column * column_stride`.
#[derive(Clone, Copy)]
pub(super) struct Matrix<'a> {
    pub values: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row after row, `row_stride` apart.
    pub fn rows(values: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        Self {
            values,
            rows,
            columns,
            row_stride,
            column_stride: 1,
        }
    }

    /// Columns for rows.
    pub fn transposed(self) -> Self {
        Self {
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
            ..self
        }
    }

    /// Whether every element lies in the slice.
    fn is_whole(&self) -> bool {
        let last = (self.rows.max(1) - 1) * self.row_stride
            + (self.columns.max(1) - 1) * self.column_stride;
        self.rows == 0 || self.columns == 0 || last < self.values.len()
    }
}

/// `result` (rows one after the other) becomes `left right`, or grows by it where `add`.
///
/// On this thread: the callers share out larger pieces.
#[allow(
    unsafe_code,
    reason = "the gemm crate takes pointers; the assertions say that every element is inside its slice"
)]
pub(super) fn product(left: Matrix<'_>, right: Matrix<'_>, result: &mut [f32], add: bool) {
    let (rows, columns, depth) = (left.rows, right.columns, left.columns);
    assert!(right.rows == depth && result.len() == rows * columns);
    assert!(left.is_whole() && right.is_whole());
    // SAFETY: both operands and the result lie in their slices, as asserted; `result` is borrowed for this call alone.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            result.as_mut_ptr(),
            1,
            columns as isize,
            add,
            left.values.as_ptr(),
            left.column_stride as isize,
            left.row_stride as isize,
            right.values.as_ptr(),
            right.column_stride as isize,
            right.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_by_hand() {
        let left = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let right = [1.0, 0.0, 2.0, 1.0, 0.0, 3.0];
        let mut result = [0.0; 4];
        product(
            Matrix::rows(&left, 2, 3, 3),
            Matrix::rows(&right, 3, 2, 2),
            &mut result,
            false,
        );
        assert_eq!(result, [5.0, 11.0, 14.0, 23.0]);
        // The transpose of the right one read row by row: [1 2 0; 0 1 3] stored as its columns.
        let by_columns = [1.0, 2.0, 0.0, 0.0, 1.0, 3.0];
        let right = Matrix::rows(&by_columns, 2, 3, 3).transposed();
        product(Matrix::rows(&left, 2, 3, 3), right, &mut result, true);
        assert_eq!(result, [10.0, 22.0, 28.0, 46.0]);
    }

    #[test]
    #[should_panic(expected = "is_whole")]
    fn a_matrix_that_ends_too_early_is_refused() {
        let mut result = [0.0; 4];
        let short = Matrix::rows(&[1.0; 3], 2, 2, 2);
        product(short, Matrix::rows(&[1.0; 4], 2, 2, 2), &mut result, false);
    }
}
