//! Rows by a matrix, in the registers of one core.

use pulp::{Arch, Simd, WithSimd};

use super::store;

/// Vectors of results that the innermost loop keeps for a row: with [`ROWS`], eight sums that do not wait for each
/// other.
const VECTORS: usize = 2;
/// Rows that the innermost loop goes over at once.
const ROWS: usize = 4;

/// Columns of a panel: a matrix `[depth, columns]` lies in panels of so many columns, filled up with zeros, in each of
/// which the rows follow one another.
pub(super) fn panel_columns() -> usize {
    VECTORS * super::lanes()
}

/// Rows, `depth` values long and one after the other, by a matrix in panels: rows as wide as all panels.
#[inline(always)]
pub(super) fn product<S: Simd>(
    simd: S,
    rows: &[f32],
    depth: usize,
    matrix: &[f32],
    target: &mut [f32],
) {
    let columns = VECTORS * S::F32_LANES;
    let wide = matrix.len() / depth;
    for (index, panel) in matrix.chunks_exact(depth * columns).enumerate() {
        let targets = target.chunks_mut(ROWS * wide);
        for (rows, target) in rows.chunks(ROWS * depth).zip(targets) {
            let target = &mut target[index * columns..];
            match rows.len() / depth {
                4 => block::<S, 4>(simd, rows, depth, panel, target, wide),
                3 => block::<S, 3>(simd, rows, depth, panel, target, wide),
                2 => block::<S, 2>(simd, rows, depth, panel, target, wide),
                _ => block::<S, 1>(simd, rows, depth, panel, target, wide),
            }
        }
    }
}

/// `N` rows by a panel.
#[inline(always)]
fn block<S: Simd, const N: usize>(
    simd: S,
    rows: &[f32],
    depth: usize,
    panel: &[f32],
    target: &mut [f32],
    wide: usize,
) {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; N];
    let rows: [&[f32]; N] = std::array::from_fn(|row| &rows[row * depth..][..depth]);
    let (panel, _) = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>();
    for (at, weights) in panel[..depth].iter().enumerate() {
        for (sums, row) in sums.iter_mut().zip(&rows) {
            let value = simd.splat_f32s(row[at]);
            for (sum, weight) in sums.iter_mut().zip(weights) {
                *sum = simd.mul_add_e_f32s(value, *weight, *sum);
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        for (vector, sum) in sums.iter().enumerate() {
            store::<S>(&mut target[row * wide + vector * S::F32_LANES..], *sum);
        }
    }
}

/// A matrix `[depth, columns]` of what `value` gives for a row and a column, in panels.
pub(super) fn pack(depth: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
    let size = panel_columns();
    let wide = columns.next_multiple_of(size);
    let mut packed = Vec::with_capacity(depth * wide);
    for start in (0..wide).step_by(size) {
        for row in 0..depth {
            let column = |column| {
                if column < columns {
                    value(row, column)
                } else {
                    0.0
                }
            };
            packed.extend((start..start + size).map(column));
        }
    }
    packed
}

/// [`product`] with the widest vectors that the processor has.
pub(super) struct Product<'a> {
    pub rows: &'a [f32],
    pub depth: usize,
    pub matrix: &'a [f32],
    pub target: &'a mut [f32],
}

impl Product<'_> {
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        product(simd, self.rows, self.depth, self.matrix, self.target);
    }
}
