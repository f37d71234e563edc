//! Products of matrices that lie in slices, with any strides.

use std::ops::Range;

use compute::pass;
use compute::share;
use compute::vectors::vectorized;

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

    /// The rows and columns in these ranges.
    pub fn part(self, rows: Range<usize>, columns: Range<usize>) -> Self {
        let start = rows.start * self.row_stride + columns.start * self.column_stride;
        Self {
            values: &self.values[start..],
            rows: rows.len(),
            columns: columns.len(),
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

/// Where a product goes: row after row, `row_stride` apart.
pub(super) struct Target<'a> {
    pub values: &'a mut [f32],
    pub row_stride: usize,
}

impl Target<'_> {
    /// Whether `rows` rows of `columns` columns lie in the slice, apart from each other.
    fn holds(&self, rows: usize, columns: usize) -> bool {
        let last = rows.max(1) - 1;
        columns <= self.row_stride && last * self.row_stride + columns <= self.values.len()
    }
}

/// `target` becomes `left right`, or grows by it where `add`.
///
/// On this thread: the callers share out larger pieces.
#[allow(
    unsafe_code,
    reason = "the gemm crate takes pointers; the assertions say that every element is inside its slice"
)]
pub(super) fn product(left: Matrix<'_>, right: Matrix<'_>, target: Target<'_>, add: bool) {
    let (rows, columns, depth) = (left.rows, right.columns, left.columns);
    assert!(right.rows == depth && target.holds(rows, columns));
    assert!(left.is_whole() && right.is_whole());
    // Panels lie as the product reads them; gemm would copy them once more where it uses them for many rows.
    gemm::set_lhs_packing_threshold_single_thread(256);
    // SAFETY: both operands and the target lie in their slices, as asserted, and the target's rows do not overlap;
    // `target` is borrowed for this call alone.
    unsafe {
        gemm::gemm(
            rows,
            columns,
            depth,
            target.values.as_mut_ptr(),
            1,
            target.row_stride as isize,
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

/// `values`, `rows` rows of `columns`, as the rows of its transpose.
pub(super) fn transposed(values: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    share::made(rows * columns, TOGETHER * rows, |index, piece| {
        transpose(&values[index * TOGETHER..], rows, columns, piece);
    })
}

/// The same, into `target`.
pub(super) fn transpose_shared(values: &[f32], rows: usize, columns: usize, target: &mut [f32]) {
    share::pieces(target, TOGETHER * rows, |index, piece| {
        transpose(&values[index * TOGETHER..], rows, columns, piece);
    });
}

/// Columns that a core transposes at a time.
const TOGETHER: usize = 4 * SIDE;

/// The first columns of `values`, `rows` rows that are `columns` apart, as the rows of `target`. On this thread.
pub(super) fn transpose(values: &[f32], rows: usize, columns: usize, target: &mut [f32]) {
    vectorized(Transpose, (values, rows, columns, target));
}

/// Side of the squares that a transpose goes over: what a line of the cache holds.
const SIDE: usize = 16;

pass!(
    /// [`transpose`]
    Transpose(values: &[f32], rows: usize, columns: usize, target: &mut [f32]) -> () {
        let count = target.len() / rows;
        for top in (0..rows).step_by(SIDE) {
            for left in (0..count).step_by(SIDE) {
                if top + SIDE <= rows && left + SIDE <= count {
                    square(&values[top * columns + left..], columns, &mut target[left * rows + top..], rows);
                } else {
                    for row in top..rows.min(top + SIDE) {
                        for column in left..count.min(left + SIDE) {
                            target[column * rows + row] = values[row * columns + column];
                        }
                    }
                }
            }
        }
    }
);

/// The first `count` values of `rows` planes that are `apart`, as columns: value `at` of plane `row` becomes value `row`
/// of the line `at` of `target`, whose lines are `pitch` long.
#[inline(always)]
pub(super) fn interleave(
    planes: &[f32],
    [rows, apart, count]: [usize; 3],
    target: &mut [f32],
    pitch: usize,
) {
    for (top, left) in squares(rows, count) {
        let (source, target) = (
            &planes[top * apart + left..],
            &mut target[left * pitch + top..],
        );
        if rows < SIDE || count < SIDE {
            for row in 0..SIDE.min(rows - top) {
                for column in 0..SIDE.min(count - left) {
                    target[column * pitch + row] = source[row * apart + column];
                }
            }
        } else {
            square(source, apart, target, pitch);
        }
    }
}

/// The inverse: value `row` of the line `at` of `values` becomes value `at` of `planes[row]`.
#[inline(always)]
pub(super) fn separate(values: &[f32], pitch: usize, planes: &mut [&mut [f32]]) {
    let (rows, count) = (planes.len(), planes.first().map_or(0, |plane| plane.len()));
    for (top, left) in squares(rows, count) {
        let source = &values[left * pitch + top..];
        let planes = &mut planes[top..];
        if rows < SIDE || count < SIDE {
            for (row, plane) in planes.iter_mut().enumerate().take(SIDE) {
                let values = source.iter().skip(row).step_by(pitch);
                for (value, from) in plane[left..].iter_mut().zip(values).take(SIDE) {
                    *value = *from;
                }
            }
        } else {
            for at in (0..SIDE).step_by(SMALL) {
                for row in (0..SIDE).step_by(SMALL) {
                    let turned = small(&source[at * pitch + row..], pitch);
                    for (plane, values) in planes[row..].iter_mut().zip(turned) {
                        plane[left + at..][..SMALL].copy_from_slice(&values);
                    }
                }
            }
        }
    }
}

/// Where squares begin that cover `rows` by `columns`: the last ones over those before, where the sides are no whole
/// number of squares.
#[inline(always)]
fn squares(rows: usize, columns: usize) -> impl Iterator<Item = (usize, usize)> {
    let starts = |length: usize| {
        let last = length.saturating_sub(SIDE);
        (0..length).step_by(SIDE).map(move |start| start.min(last))
    };
    starts(rows).flat_map(move |top| starts(columns).map(move |left| (top, left)))
}

/// A square of `source`, whose rows are `apart` from each other, as columns of `target`.
#[inline(always)]
fn square(source: &[f32], apart: usize, target: &mut [f32], target_apart: usize) {
    for row in (0..SIDE).step_by(SMALL) {
        for column in (0..SIDE).step_by(SMALL) {
            let turned = small(&source[row * apart + column..], apart);
            for (at, values) in turned.iter().enumerate() {
                let place = (column + at) * target_apart + row;
                target[place..place + SMALL].copy_from_slice(values);
            }
        }
    }
}

/// Side of the squares that vectors are turned in: what the narrowest have.
const SMALL: usize = 4;

/// The columns of a small square of `source`, whose rows are `apart` from each other.
#[inline(always)]
fn small(source: &[f32], apart: usize) -> [[f32; SMALL]; SMALL] {
    let mut rows = [[0.0; SMALL]; SMALL];
    for (at, row) in rows.iter_mut().enumerate() {
        row.copy_from_slice(&source[at * apart..][..SMALL]);
    }
    let mut columns = [[0.0; SMALL]; SMALL];
    for (at, row) in rows.iter().enumerate() {
        for (column, value) in columns.iter_mut().zip(row) {
            column[at] = *value;
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn into(values: &mut [f32], row_stride: usize) -> Target<'_> {
        Target { values, row_stride }
    }

    #[test]
    fn a_product_by_hand() {
        let left = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let left = Matrix::rows(&left, 2, 3, 3);
        let right = [1.0, 0.0, 2.0, 1.0, 0.0, 3.0];
        let right = Matrix::rows(&right, 3, 2, 2);
        let mut result = [0.0; 4];
        product(left, right, into(&mut result, 2), false);
        assert_eq!(result, [5.0, 11.0, 14.0, 23.0]);
        // The transpose of the right one read row by row: [1 2 0; 0 1 3] stored as its columns.
        let by_columns = [1.0, 2.0, 0.0, 0.0, 1.0, 3.0];
        let right = Matrix::rows(&by_columns, 2, 3, 3).transposed();
        product(left, right, into(&mut result, 2), true);
        assert_eq!(result, [10.0, 22.0, 28.0, 46.0]);
        // The last two columns of the left one by the last two rows of the right one, into rows that are further apart.
        let mut apart = [9.0; 5];
        let last = left.part(0..2, 1..3);
        product(last, right.part(1..3, 0..2), into(&mut apart, 3), false);
        assert_eq!(apart, [4.0, 11.0, 9.0, 10.0, 23.0]);
    }

    #[test]
    #[should_panic(expected = "is_whole")]
    fn a_matrix_that_ends_too_early_is_refused() {
        let mut result = [0.0; 4];
        let short = Matrix::rows(&[1.0; 3], 2, 2, 2);
        let right = Matrix::rows(&[1.0; 4], 2, 2, 2);
        product(short, right, into(&mut result, 2), false);
    }

    #[test]
    #[should_panic(expected = "holds")]
    fn a_target_that_ends_too_early_is_refused() {
        let mut result = [0.0; 4];
        let both = Matrix::rows(&[1.0; 4], 2, 2, 2);
        product(both, both, into(&mut result, 3), false);
    }

    #[test]
    fn a_transpose_by_hand() {
        let values: Vec<f32> = (0..34).map(|value| value as f32).collect();
        let found = transposed(&values, 2, 17);
        for (index, value) in found.into_iter().enumerate() {
            assert_eq!(value, ((index % 2) * 17 + index / 2) as f32);
        }
    }
}
