//! What convolutions with a kernel of 5 share where they take 49 products of 100, in training and without: the tiles'
//! arithmetic ([`tiles`]), its passes over many channels at once, and the products.
//!
//! For each of the 49 points of a tile there is a plane of what the products read, of the weights, and of what comes of
//! them. Planes are [`APART`] from each other.

pub(crate) mod product;
pub(crate) mod tiles;

use pulp::{Arch, Simd, WithSimd};

use tiles::POINTS;

/// Points of a tile.
pub(crate) const TILE: usize = POINTS * POINTS;
/// Taps of a kernel in a row or column.
pub(crate) const TAPS: usize = 5;
/// Between the values of one point and of the next: one line of the cache, for planes whose size is a power of two would
/// all have to lie in the same few lines.
pub(crate) const APART: usize = 16;

/// Values in the processor's widest vector.
pub(crate) fn lanes() -> usize {
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
pub(crate) fn load<S: Simd>(values: &[f32]) -> S::f32s {
    S::as_simd_f32s(&values[..S::F32_LANES]).0[0]
}

/// Writes the first vector of `values`.
#[inline(always)]
pub(crate) fn store<S: Simd>(values: &mut [f32], vector: S::f32s) {
    S::as_mut_simd_f32s(&mut values[..S::F32_LANES]).0[0] = vector;
}

/// `one` on the columns of a square, then on the rows of what came of them.
#[inline(always)]
pub(crate) fn both_ways<V: Copy, const IN: usize, const OUT: usize>(
    square: [[V; IN]; IN],
    one: impl Fn([V; IN]) -> [V; OUT],
) -> [[V; OUT]; OUT] {
    let columns: [[V; OUT]; IN] =
        std::array::from_fn(|column| one(std::array::from_fn(|row| square[row][column])));
    std::array::from_fn(|row| one(std::array::from_fn(|column| columns[column][row])))
}

/// Writes a vector of every point, the first one's at the beginning of `target`, the others' a `plane` apart.
#[inline(always)]
pub(crate) fn scatter<S: Simd>(
    points: [[S::f32s; POINTS]; POINTS],
    target: &mut [f32],
    plane: usize,
) {
    for (place, point) in target.chunks_mut(plane).zip(points.as_flattened()) {
        store::<S>(place, *point);
    }
}

/// What `one` makes, in both directions, of a vector of each of the places' values.
#[inline(always)]
pub(crate) fn read<S: Simd, const IN: usize>(
    values: &[f32],
    places: &[[usize; IN]; IN],
    one: impl Fn([S::f32s; IN]) -> [S::f32s; POINTS],
) -> [[S::f32s; POINTS]; POINTS] {
    both_ways(
        places.map(|row| row.map(|at| load::<S>(&values[at..]))),
        one,
    )
}

/// What `one` makes, in both directions, of a vector of every point, the first one's at the beginning of `sums`, the
/// others' a `plane` apart.
#[inline(always)]
pub(crate) fn made<S: Simd, const OUT: usize>(
    sums: &[f32],
    plane: usize,
    one: impl Fn([S::f32s; POINTS]) -> [S::f32s; OUT],
) -> [[S::f32s; OUT]; OUT] {
    let point = |y: usize, x: usize| load::<S>(&sums[(y * POINTS + x) * plane..]);
    both_ways(
        std::array::from_fn(|y| std::array::from_fn(|x| point(y, x))),
        one,
    )
}

/// Where the values of tile `(row, column)` lie, of tiles that begin `step` values from each other, the first one
/// `before` the first value that there is. `place` gives that of a row and a column, `None` of those before the first.
#[inline(always)]
pub(crate) fn places<const IN: usize>(
    [row, column]: [usize; 2],
    [step, before]: [usize; 2],
    place: impl Fn(Option<usize>, Option<usize>) -> usize,
) -> [[usize; IN]; IN] {
    let under = |tile: usize, at: usize| (tile * step + at).checked_sub(before);
    std::array::from_fn(|y| std::array::from_fn(|x| place(under(row, y), under(column, x))))
}
