//! Rows by a matrix, in the registers of one core.

use pulp::{Arch, Simd, WithSimd};

use super::{load, store};

/// Vectors of results that the innermost loop keeps for a row.
const VECTORS: usize = 2;

/// Columns of a panel: a matrix `[depth, columns]` lies in panels of so many columns, filled up with zeros, in each of
/// which the rows follow one another.
pub fn panel_columns() -> usize {
    VECTORS * super::lanes()
}

/// Rows, `depth` values long and one after the other, by a matrix in panels: rows as wide as all panels. `target`
/// becomes the product, or grows by it where `add`.
#[inline(always)]
pub fn product<S: Simd>(
    simd: S,
    rows: &[f32],
    depth: usize,
    matrix: &[f32],
    target: &mut [f32],
    add: bool,
) {
    let left = Rows {
        values: rows,
        depth,
        pitch: depth,
    };
    left.by(simd, rows.len() / depth, matrix, target, add);
}

/// The left matrix of a product.
pub trait Left: Copy {
    /// Values of a row.
    fn depth(self) -> usize;

    /// Adds to `sums` the products of `N` rows, from row `from` on, with a panel.
    fn grow<S: Simd, const N: usize>(
        self,
        simd: S,
        from: usize,
        panel: &[[S::f32s; VECTORS]],
        sums: &mut [[S::f32s; VECTORS]; N],
    );

    /// `count` rows by a matrix in panels: rows as wide as all panels. `target` becomes the product, or grows by it where
    /// `add`.
    #[inline(always)]
    fn by<S: Simd>(self, simd: S, count: usize, matrix: &[f32], target: &mut [f32], add: bool) {
        let (columns, depth) = (VECTORS * S::F32_LANES, self.depth());
        let wide = matrix.len() / depth;
        for (index, panel) in matrix.chunks_exact(depth * columns).enumerate() {
            let mut row = 0;
            let at = index * columns;
            // As many rows at once as there are registers for their sums.
            while S::F32_LANES >= 16 && count - row >= 8 {
                block::<S, Self, 8>(simd, self, row, panel, target, [wide, at], add);
                row += 8;
            }
            while count - row >= 4 {
                block::<S, Self, 4>(simd, self, row, panel, target, [wide, at], add);
                row += 4;
            }
            match count - row {
                3 => block::<S, Self, 3>(simd, self, row, panel, target, [wide, at], add),
                2 => block::<S, Self, 2>(simd, self, row, panel, target, [wide, at], add),
                1 => block::<S, Self, 1>(simd, self, row, panel, target, [wide, at], add),
                _ => {}
            }
        }
    }
}

/// Rows of `depth` values, `pitch` apart.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// All of them.
    pub values: &'a [f32],
    /// Values of a row.
    pub depth: usize,
    /// From a row to the next.
    pub pitch: usize,
}

impl Left for Rows<'_> {
    #[inline(always)]
    fn depth(self) -> usize {
        self.depth
    }

    #[inline(always)]
    fn grow<S: Simd, const N: usize>(
        self,
        simd: S,
        from: usize,
        panel: &[[S::f32s; VECTORS]],
        sums: &mut [[S::f32s; VECTORS]; N],
    ) {
        let panel = &panel[..self.depth];
        let mut rows: [&[f32]; N] = [&[]; N];
        for (at, row) in rows.iter_mut().enumerate() {
            *row = &self.values[(from + at) * self.pitch..][..panel.len()];
        }
        for (at, weights) in panel.iter().enumerate() {
            for row in 0..N {
                let value = simd.splat_f32s(rows[row][at]);
                for vector in 0..VECTORS {
                    let sum = &mut sums[row][vector];
                    *sum = simd.mul_add_e_f32s(value, weights[vector], *sum);
                }
            }
        }
    }
}

/// A matrix whose rows are columns, `pitch` apart.
#[derive(Clone, Copy)]
pub struct Turned<'a> {
    /// All of them.
    pub values: &'a [f32],
    /// From a row to the next.
    pub pitch: usize,
}

impl Left for Turned<'_> {
    #[inline(always)]
    fn depth(self) -> usize {
        self.values.len() / self.pitch
    }

    #[inline(always)]
    fn grow<S: Simd, const N: usize>(
        self,
        simd: S,
        from: usize,
        panel: &[[S::f32s; VECTORS]],
        sums: &mut [[S::f32s; VECTORS]; N],
    ) {
        for (column, weights) in self.values.chunks_exact(self.pitch).zip(panel) {
            let values = &column[from..from + N];
            for row in 0..N {
                let value = simd.splat_f32s(values[row]);
                for vector in 0..VECTORS {
                    let sum = &mut sums[row][vector];
                    *sum = simd.mul_add_e_f32s(value, weights[vector], *sum);
                }
            }
        }
    }
}

/// `N` rows by a panel, into the columns of `target` from `at` on, whose rows are `wide`.
#[inline(always)]
fn block<S: Simd, L: Left, const N: usize>(
    simd: S,
    left: L,
    row: usize,
    panel: &[f32],
    target: &mut [f32],
    [wide, at]: [usize; 2],
    add: bool,
) {
    let target = &mut target[row * wide + at..];
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; N];
    if add {
        for (row, sums) in sums.iter_mut().enumerate() {
            for (vector, sum) in sums.iter_mut().enumerate() {
                *sum = load::<S>(&target[row * wide + vector * S::F32_LANES..]);
            }
        }
    }
    let (panel, _) = S::as_simd_f32s(panel).0.as_chunks::<VECTORS>();
    left.grow(simd, row, panel, &mut sums);
    for (row, sums) in sums.iter().enumerate() {
        for (vector, sum) in sums.iter().enumerate() {
            store::<S>(&mut target[row * wide + vector * S::F32_LANES..], *sum);
        }
    }
}

/// A matrix `[depth, columns]` of what `value` gives for a row and a column, in panels.
pub fn pack(depth: usize, columns: usize, value: impl Fn(usize, usize) -> f32) -> Vec<f32> {
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
pub struct Product<'a> {
    /// Rows, one after the other.
    pub rows: &'a [f32],
    /// Values of a row.
    pub depth: usize,
    /// The matrix, in panels.
    pub matrix: &'a [f32],
    /// What becomes the product.
    pub target: &'a mut [f32],
}

impl Product<'_> {
    /// Computes it.
    pub fn run(self) {
        Arch::new().dispatch(self);
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        product(simd, self.rows, self.depth, self.matrix, self.target, false);
    }
}
