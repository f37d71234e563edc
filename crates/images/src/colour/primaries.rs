//! The colours of which others are mixed.

use super::matrix::Matrix;

/// Amounts of light as CIE's X, Y and Z, seen under the white that ICC profiles are about (D50): sRGB's red, green and blue.
const SRGB: Matrix = Matrix([
    [0.436_074_7, 0.385_064_9, 0.143_080_4],
    [0.222_504_5, 0.716_878_6, 0.060_616_9],
    [0.013_932_2, 0.097_104_5, 0.714_173_3],
]);
const D50: [f64; 3] = [0.964_22, 1.0, 0.825_21];
/// Bradford's cones.
const CONES: Matrix = Matrix([
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
]);
const D65: (f64, f64) = (0.3127, 0.3290);

/// White, red, green and blue as CIE's coordinates x and y.
#[derive(Clone, Copy, Debug)]
pub struct Primaries([(f64, f64); 4]);

/// From X, Y and Z under D50 to the light of sRGB's colours.
pub fn from_xyz() -> Option<Matrix> {
    SRGB.inverse()
}

impl Primaries {
    /// sRGB's own, those of BT.709.
    pub const SRGB: Self = Self([D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]);

    /// White, red, green and blue.
    pub fn new(coordinates: [(f64, f64); 4]) -> Self {
        Self(coordinates)
    }

    /// Of H.273's number for them.
    pub fn of_code(code: u8) -> Option<Self> {
        let [red, green, blue] = match code {
            1 => return Some(Self::SRGB),
            5 => [(0.64, 0.33), (0.29, 0.60), (0.15, 0.06)],
            6 | 7 => [(0.63, 0.34), (0.31, 0.595), (0.155, 0.07)],
            9 => [(0.708, 0.292), (0.170, 0.797), (0.131, 0.046)],
            11 | 12 => [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)],
            _ => return None,
        };
        let white = if code == 11 { (0.314, 0.351) } else { D65 };
        Some(Self([white, red, green, blue]))
    }

    /// From the light of these colours to that of sRGB's; none where they are no colours.
    pub fn to_srgb(self) -> Option<Matrix> {
        let [white, red, green, blue] = self.0;
        if self.0.iter().any(|&(_, y)| y <= 0.0) {
            return None;
        }
        let mixed = Matrix::of_columns([red, green, blue].map(xyz));
        let amounts = mixed.inverse()?.times(xyz(white));
        let own = Matrix(
            mixed
                .0
                .map(|row| std::array::from_fn(|at| row[at] * amounts[at])),
        );
        Some(from_xyz()?.after(&adapted(xyz(white))?.after(&own)))
    }
}

/// Of a brightness of 1.
fn xyz((x, y): (f64, f64)) -> [f64; 3] {
    [x / y, 1.0, (1.0 - x - y) / y]
}

/// From what is seen under `white` to what is seen under D50.
fn adapted(white: [f64; 3]) -> Option<Matrix> {
    let (from, to) = (CONES.times(white), CONES.times(D50));
    let scaled =
        std::array::from_fn(|cone| CONES.0[cone].map(|value| value * to[cone] / from[cone]));
    Some(CONES.inverse()?.after(&Matrix(scaled)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn srgb_s_own_colours_are_what_they_are() {
        let matrix = Primaries::SRGB.to_srgb().unwrap();
        for (value, same) in matrix
            .0
            .as_flattened()
            .iter()
            .zip(Matrix::SAME.0.as_flattened())
        {
            assert!((value - same).abs() < 2e-4, "{matrix:?}");
        }
    }

    #[test]
    fn white_stays_white() {
        for code in [1, 5, 6, 7, 9, 11, 12] {
            let white = Primaries::of_code(code)
                .unwrap()
                .to_srgb()
                .unwrap()
                .times([1.0; 3]);
            assert!(
                white.iter().all(|value| (value - 1.0).abs() < 1e-3),
                "{code}: {white:?}"
            );
        }
        assert!(Primaries::of_code(2).is_none());
        assert!(Primaries::new([(0.3, 0.0); 4]).to_srgb().is_none());
        assert!(Primaries::new([(0.3, 0.3); 4]).to_srgb().is_none());
    }
}
