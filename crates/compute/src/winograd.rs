//! What convolutions with a kernel of 5 share where they take 49 products of 100, in training and without: the tiles'
//! arithmetic ([`tiles`]), its passes over many channels at once, and the products.
//!
//! For each of the 49 points of a tile there is a plane of what the products read, of the weights, and of what comes of
//! them. Planes are [`APART`] from each other.

pub mod product;
pub mod tiles;

use pulp::{Arch, Simd, WithSimd};

use tiles::{Line, POINTS};

/// Points of a tile.
pub const TILE: usize = POINTS * POINTS;
/// Taps of a kernel in a row or column.
pub const TAPS: usize = 5;
/// Between the values of one point and of the next: one line of the cache, for planes whose size is a power of two would
/// all have to lie in the same few lines.
pub const APART: usize = 16;

/// Values in the processor's widest vector.
pub fn lanes() -> usize {
    struct Lanes;
    impl WithSimd for Lanes {
        type Output = usize;
        fn with_simd<S: Simd>(self, _: S) -> usize {
            S::F32_LANES
        }
    }
    Arch::new().dispatch(Lanes)
}

/// The first vector of `values`.
#[inline(always)]
pub fn load<S: Simd>(values: &[f32]) -> S::f32s {
    S::as_simd_f32s(&values[..S::F32_LANES]).0[0]
}

/// Writes the first vector of `values`.
#[inline(always)]
pub fn store<S: Simd>(values: &mut [f32], vector: S::f32s) {
    S::as_mut_simd_f32s(&mut values[..S::F32_LANES]).0[0] = vector;
}

// Loops from here on, and no closures: see `Line`.

/// `L` on the columns of a square, then on the rows of what came of them.
#[inline(always)]
pub fn both_ways<S: Simd, L: Line<IN, OUT>, const IN: usize, const OUT: usize>(
    simd: S,
    square: [[S::f32s; IN]; IN],
) -> [[S::f32s; OUT]; OUT] {
    let zero = simd.splat_f32s(0.0);
    let mut columns = [[zero; IN]; OUT];
    for x in 0..IN {
        let mut column = [zero; IN];
        for y in 0..IN {
            column[y] = square[y][x];
        }
        let column = L::pass(simd, column);
        for y in 0..OUT {
            columns[y][x] = column[y];
        }
    }
    let mut rows = [[zero; OUT]; OUT];
    for y in 0..OUT {
        rows[y] = L::pass(simd, columns[y]);
    }
    rows
}

/// Writes a vector of every point, the first one's at the beginning of `target`, the others' a `plane` apart.
#[inline(always)]
pub fn scatter<S: Simd>(points: [[S::f32s; POINTS]; POINTS], target: &mut [f32], plane: usize) {
    for y in 0..POINTS {
        for x in 0..POINTS {
            store::<S>(&mut target[(y * POINTS + x) * plane..], points[y][x]);
        }
    }
}

/// What `L` makes, in both directions, of a vector of each of the places' values.
#[inline(always)]
pub fn read<S: Simd, L: Line<IN, POINTS>, const IN: usize>(
    simd: S,
    values: &[f32],
    places: &[[usize; IN]; IN],
) -> [[S::f32s; POINTS]; POINTS] {
    let mut square = [[simd.splat_f32s(0.0); IN]; IN];
    for y in 0..IN {
        for x in 0..IN {
            square[y][x] = load::<S>(&values[places[y][x]..]);
        }
    }
    both_ways::<S, L, IN, POINTS>(simd, square)
}

/// What `L` makes, in both directions, of a vector of every point, the first one's at the beginning of `sums`, the
/// others' a `plane` apart.
#[inline(always)]
pub fn made<S: Simd, L: Line<POINTS, OUT>, const OUT: usize>(
    simd: S,
    sums: &[f32],
    plane: usize,
) -> [[S::f32s; OUT]; OUT] {
    let mut square = [[simd.splat_f32s(0.0); POINTS]; POINTS];
    for y in 0..POINTS {
        for x in 0..POINTS {
            square[y][x] = load::<S>(&sums[(y * POINTS + x) * plane..]);
        }
    }
    both_ways::<S, L, POINTS, OUT>(simd, square)
}

/// What `L` makes, in both directions, of a kernel's taps, of which a vector each lies in `taps`, `apart` from each
/// other.
#[inline(always)]
pub fn points<S: Simd, L: Line<TAPS, POINTS>>(
    simd: S,
    taps: &[f32],
    apart: usize,
) -> [[S::f32s; POINTS]; POINTS] {
    let mut square = [[simd.splat_f32s(0.0); TAPS]; TAPS];
    for y in 0..TAPS {
        for x in 0..TAPS {
            square[y][x] = load::<S>(&taps[(y * TAPS + x) * apart..]);
        }
    }
    both_ways::<S, L, TAPS, POINTS>(simd, square)
}

/// Where the values of tile `(row, column)` lie, of tiles that begin `step` values from each other, the first one
/// `before` the first value that there is. `place` gives that of a row and a column, `None` of those before the first.
#[inline(always)]
pub fn places<const IN: usize>(
    [row, column]: [usize; 2],
    [step, before]: [usize; 2],
    place: impl Fn(Option<usize>, Option<usize>) -> usize,
) -> [[usize; IN]; IN] {
    let mut places = [[0; IN]; IN];
    for (y, places) in places.iter_mut().enumerate() {
        for (x, at) in places.iter_mut().enumerate() {
            let [y, x] = [row * step + y, column * step + x];
            *at = place(y.checked_sub(before), x.checked_sub(before));
        }
    }
    places
}
