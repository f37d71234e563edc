//! How much light a number in a file stands for.

use libm::pow;
use std::f64::consts::E;

/// How much light the numbers 0 to 1 stand for; the most that a screen shows is 1.
#[derive(Clone, Debug, PartialEq)]
pub enum Curve {
    /// `(a x + b)^g + e` from `d` on, `c x + f` below: `[g, a, b, c, d, e, f]`.
    Parametric([f64; 7]),
    /// Amounts at even distances, 0 to 65,535; between two of them a line.
    Table(Vec<u16>),
    /// SMPTE ST 2084, on which 1 are 203 candelas a square metre, as the reports on it call white.
    Pq,
    /// ARIB STD-B67 on a screen of 1000 candelas, on which 1 is at three quarters, likewise.
    Hlg,
}

impl Curve {
    /// sRGB's own.
    pub const SRGB: Self = Self::Parametric([
        2.4,
        1.0 / 1.055,
        0.055 / 1.055,
        1.0 / 12.92,
        0.04045,
        0.0,
        0.0,
    ]);

    /// A power.
    pub fn power(exponent: f64) -> Self {
        Self::Parametric([exponent, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    }

    /// Of H.273's number for it.
    pub fn of_code(code: u8) -> Option<Self> {
        Some(match code {
            13 => Self::SRGB,
            // What cameras for television do is undone by screens' power (BT.1886), as browsers show it.
            1 | 6 | 14 | 15 => Self::power(2.4),
            4 => Self::power(2.2),
            5 => Self::power(2.8),
            8 => Self::power(1.0),
            16 => Self::Pq,
            18 => Self::Hlg,
            _ => return None,
        })
    }

    /// Of the exponent with which light became numbers.
    pub fn of_gamma(gamma: f64) -> Option<Self> {
        if !(0.05..=20.0).contains(&gamma) {
            return None;
        }
        // What programs write that know no better word for sRGB.
        let srgb = (0.45..0.46).contains(&gamma);
        Some(if srgb {
            Self::SRGB
        } else {
            Self::power(1.0 / gamma)
        })
    }

    /// The light that `x` stands for, `x` from 0 to 1.
    #[inline(never)]
    pub fn at(&self, x: f64) -> f64 {
        match self {
            Self::Parametric([g, a, b, c, d, e, f]) => {
                if x >= *d {
                    pow((a * x + b).max(0.0), *g) + e
                } else {
                    c * x + f
                }
            }
            Self::Table(values) => between(values, x),
            Self::Pq => pq(x) * 10_000.0 / 203.0,
            Self::Hlg => pow(hlg(x) / hlg(0.75), 1.2),
        }
    }

    /// The number that stands for an amount of light in sRGB.
    pub fn from_light(light: f64) -> f64 {
        if light <= 0.003_130_8 {
            12.92 * light
        } else {
            1.055 * pow(light, 1.0 / 2.4) - 0.055
        }
    }
}

fn between(values: &[u16], x: f64) -> f64 {
    let at = x * values.len().saturating_sub(1) as f64;
    let first = at as usize;
    let value = |place: usize| f64::from(values.get(place).or(values.last()).copied().unwrap_or(0));
    let (low, high) = (value(first), value(first + 1));
    (low + (high - low) * (at - first as f64)) / 65_535.0
}

fn pq(x: f64) -> f64 {
    let root = pow(x, 32.0 / 2523.0);
    let above = (root - 0.835_937_5).max(0.0);
    pow(above / (18.851_562_5 - 18.6875 * root), 8192.0 / 1305.0)
}

fn hlg(x: f64) -> f64 {
    const A: f64 = 0.178_832_77;
    const B: f64 = 1.0 - 4.0 * A;
    // 0.5 - A ln(4 A)
    const C: f64 = 0.559_910_73;
    if x <= 0.5 {
        x * x / 3.0
    } else {
        (pow(E, (x - C) / A) + B) / 12.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-4
    }

    #[test]
    fn srgb_there_and_back() {
        for byte in 0..=255 {
            let x = f64::from(byte) / 255.0;
            assert!(near(Curve::from_light(Curve::SRGB.at(x)), x), "{byte}");
        }
        assert_eq!(Curve::of_gamma(0.45455), Some(Curve::SRGB));
    }

    #[test]
    fn a_table_is_a_line_between_its_values() {
        let curve = Curve::Table(vec![0, 0, 65_535]);
        assert!(near(curve.at(0.25), 0.0) && near(curve.at(0.75), 0.5) && near(curve.at(1.0), 1.0));
        assert!(near(Curve::power(2.0).at(0.5), 0.25));
    }

    /// Numbers of ITU-R BT.2408: white at 58 % of PQ and 75 % of HLG.
    #[test]
    fn white_is_where_the_reports_put_it() {
        assert!(
            (Curve::Pq.at(0.58) - 1.0).abs() < 0.01,
            "{}",
            Curve::Pq.at(0.58)
        );
        assert!(near(Curve::Hlg.at(0.75), 1.0) && Curve::Hlg.at(1.0) > 3.0);
    }

    #[test]
    fn exponents_that_are_none_are_refused() {
        for gamma in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Curve::of_gamma(gamma), None);
        }
        assert_eq!(Curve::of_code(2), None);
    }
}
