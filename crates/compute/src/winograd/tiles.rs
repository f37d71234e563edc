//! Winograd's minimal filtering for a kernel of 5 with stride 2, in one dimension. The even and the odd taps are
//! kernels of 3 and of 2 with stride 1, and two neighbouring results take 4 products with the one and 3 with the other,
//! instead of 10. In two dimensions a tile of 2x2 positions of the map takes 49, not 100, in both directions. Lavin and
//! Gray, "Fast Algorithms for Convolutional Neural Networks", 2015: F(2, 3) and F(2, 2).

use pulp::Simd;

/// Products of a tile, in one dimension.
pub const POINTS: usize = 7;

/// A pass in one dimension, from `IN` values to `OUT`. A type and not a closure, which the compiler would keep apart from
/// what calls it, and build for the narrowest vectors.
pub trait Line<const IN: usize, const OUT: usize> {
    /// Its results.
    fn pass<S: Simd>(simd: S, values: [S::f32s; IN]) -> [S::f32s; OUT];
}

/// A direction of the convolution, from `IN` values to `OUT`.
pub trait Tile<const IN: usize, const OUT: usize>: Sync {
    /// From the first value that a tile reads to the next tile's.
    const STEP: usize;
    /// Values that the first tile reads before the first that there is.
    const BEFORE: usize;
    /// What a tile's values are for the products.
    type Read: Line<IN, POINTS>;
    /// What a kernel's taps are for the products.
    type Taps: Line<5, POINTS>;
    /// The results, from the products.
    type Made: Line<POINTS, OUT>;
}

/// The convolution. Position `i` of the map is the sum of tap `t` by value `2i + t - 2`.
#[derive(Debug)]
pub struct Strided;

/// Its transpose: value `2i + t - 2` grows by tap `t` by position `i` of the map.
#[derive(Debug)]
pub struct Transposed;

impl Tile<7, 2> for Strided {
    const STEP: usize = 4;
    const BEFORE: usize = 2;
    type Read = Self;
    type Taps = Self;
    type Made = Self;
}

impl Tile<4, 4> for Transposed {
    const STEP: usize = 2;
    const BEFORE: usize = 1;
    type Read = Self;
    type Taps = Self;
    type Made = Self;
}

impl Line<7, POINTS> for Strided {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, v: [S::f32s; 7]) -> [S::f32s; POINTS] {
        read(simd, [v[0], v[2], v[4], v[6]], [v[1], v[3], v[5]])
    }
}

impl Line<5, POINTS> for Strided {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, t: [S::f32s; 5]) -> [S::f32s; POINTS] {
        taps(simd, [t[0], t[2], t[4]], [t[1], t[3]])
    }
}

impl Line<POINTS, 2> for Strided {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, products: [S::f32s; POINTS]) -> [S::f32s; 2] {
        let [three, two] = made(simd, products);
        [
            simd.add_f32s(three[0], two[0]),
            simd.add_f32s(three[1], two[1]),
        ]
    }
}

impl Line<4, POINTS> for Transposed {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, v: [S::f32s; 4]) -> [S::f32s; POINTS] {
        read(simd, v, [v[1], v[2], v[3]])
    }
}

impl Line<5, POINTS> for Transposed {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, t: [S::f32s; 5]) -> [S::f32s; POINTS] {
        taps(simd, [t[4], t[2], t[0]], [t[3], t[1]])
    }
}

impl Line<POINTS, 4> for Transposed {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, products: [S::f32s; POINTS]) -> [S::f32s; 4] {
        let [even, odd] = made(simd, products);
        [even[0], odd[0], even[1], odd[1]]
    }
}

/// The passes that the gradient for the weight takes beside the convolution's first one: the transposes of its others.
#[derive(Debug)]
pub struct Backward;

/// What the gradients for two neighbouring results are for the products.
impl Line<2, POINTS> for Backward {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, [first, second]: [S::f32s; 2]) -> [S::f32s; POINTS] {
        let both = simd.add_f32s(first, second);
        let apart = simd.sub_f32s(first, second);
        let less = simd.neg_f32s(second);
        [first, both, apart, less, first, both, less]
    }
}

/// The gradients for a kernel's taps, from the products.
impl Line<POINTS, 5> for Backward {
    #[inline(always)]
    fn pass<S: Simd>(simd: S, p: [S::f32s; POINTS]) -> [S::f32s; 5] {
        let half = simd.splat_f32s(0.5);
        let ends = simd.mul_f32s(simd.add_f32s(p[1], p[2]), half);
        [
            simd.add_f32s(p[0], ends),
            simd.add_f32s(p[4], p[5]),
            simd.mul_f32s(simd.sub_f32s(p[1], p[2]), half),
            simd.add_f32s(p[5], p[6]),
            simd.add_f32s(ends, p[3]),
        ]
    }
}

/// Values under two neighbouring places of a kernel of 3, and of one of 2.
#[inline(always)]
fn read<S: Simd>(simd: S, three: [S::f32s; 4], two: [S::f32s; 3]) -> [S::f32s; POINTS] {
    [
        simd.sub_f32s(three[0], three[2]),
        simd.add_f32s(three[1], three[2]),
        simd.sub_f32s(three[2], three[1]),
        simd.sub_f32s(three[1], three[3]),
        simd.sub_f32s(two[0], two[1]),
        two[1],
        simd.sub_f32s(two[1], two[2]),
    ]
}

/// A kernel of 3, and one of 2.
#[inline(always)]
fn taps<S: Simd>(simd: S, three: [S::f32s; 3], two: [S::f32s; 2]) -> [S::f32s; POINTS] {
    let half = simd.splat_f32s(0.5);
    let ends = simd.add_f32s(three[0], three[2]);
    [
        three[0],
        simd.mul_f32s(simd.add_f32s(ends, three[1]), half),
        simd.mul_f32s(simd.sub_f32s(ends, three[1]), half),
        three[2],
        two[0],
        simd.add_f32s(two[0], two[1]),
        two[1],
    ]
}

/// Two neighbouring results of the kernel of 3, and of that of 2.
#[inline(always)]
fn made<S: Simd>(simd: S, p: [S::f32s; POINTS]) -> [[S::f32s; 2]; 2] {
    let both = simd.add_f32s(p[0], p[1]);
    let three = [
        simd.add_f32s(both, p[2]),
        simd.sub_f32s(simd.sub_f32s(p[1], p[2]), p[3]),
    ];
    let two = [simd.add_f32s(p[4], p[5]), simd.sub_f32s(p[5], p[6])];
    [three, two]
}
