//! ICC profiles of curves and a matrix (ICC.1:2022, "three-component matrix-based" and "monochrome").

use super::curve::Curve;
use super::matrix::Matrix;
use super::primaries::from_xyz;

/// The curves of red, green and blue, and the way from their light to sRGB's; none where the profile is of another kind.
pub fn read(profile: &[u8], grey: bool) -> Option<([Curve; 3], Matrix)> {
    let profile = Profile(profile);
    if profile.word(36)? != *b"acsp" || profile.word(20)? != *b"XYZ " {
        return None;
    }
    match &profile.word(16)? {
        b"RGB " => {
            let columns = [*b"rXYZ", *b"gXYZ", *b"bXYZ"].map(|tag| profile.xyz(tag));
            let curves = [*b"rTRC", *b"gTRC", *b"bTRC"].map(|tag| profile.curve(tag));
            let matrix = Matrix::of_columns(all(columns)?);
            Some((all(curves)?, from_xyz()?.after(&matrix)))
        }
        b"GRAY" if grey => {
            let curve = profile.curve(*b"kTRC")?;
            Some(([curve.clone(), curve.clone(), curve], Matrix::SAME))
        }
        _ => None,
    }
}

fn all<T>([first, second, third]: [Option<T>; 3]) -> Option<[T; 3]> {
    Some([first?, second?, third?])
}

struct Profile<'a>(&'a [u8]);

impl<'a> Profile<'a> {
    #[inline(never)]
    fn word(&self, at: usize) -> Option<[u8; 4]> {
        self.0.get(at..)?.first_chunk().copied()
    }

    fn number(&self, at: usize) -> Option<usize> {
        usize::try_from(u32::from_be_bytes(self.word(at)?)).ok()
    }

    /// What a tag holds.
    #[inline(never)]
    fn tag(&self, name: [u8; 4]) -> Option<&'a [u8]> {
        const ENTRY: usize = 12;
        let count = self.number(128)?;
        let places = (132..self.0.len()).step_by(ENTRY).take(count);
        let entry = places.into_iter().find(|&at| self.word(at) == Some(name))?;
        let (start, length) = (self.number(entry + 4)?, self.number(entry + 8)?);
        self.0.get(start..start.checked_add(length)?)
    }

    fn xyz(&self, name: [u8; 4]) -> Option<[f64; 3]> {
        let tag = Profile(self.tag(name)?);
        if tag.word(0)? != *b"XYZ " {
            return None;
        }
        all([tag.fixed(8), tag.fixed(12), tag.fixed(16)])
    }

    /// A number with sixteen binary digits after the point.
    fn fixed(&self, at: usize) -> Option<f64> {
        Some(f64::from(i32::from_be_bytes(self.word(at)?)) / 65_536.0)
    }

    fn curve(&self, name: [u8; 4]) -> Option<Curve> {
        let tag = Profile(self.tag(name)?);
        match &tag.word(0)? {
            b"curv" => tag.sampled(),
            b"para" => tag.parametric(),
            _ => None,
        }
    }

    fn sampled(&self) -> Option<Curve> {
        let count = self.number(8)?;
        let values = self
            .0
            .get(12..12usize.checked_add(count.checked_mul(2)?)?)?;
        let values = values.as_chunks::<2>().0.iter().copied();
        let values: Vec<u16> = values.map(u16::from_be_bytes).collect();
        Some(match *values.as_slice() {
            [] => Curve::power(1.0),
            [exponent] => Curve::power(f64::from(exponent) / 256.0),
            _ => Curve::Table(values),
        })
    }

    fn parametric(&self) -> Option<Curve> {
        let &[_, kind] = self.0.get(8..10)? else {
            return None;
        };
        let value = |place: usize| self.fixed(12 + 4 * place);
        let (g, a, b, c) = (value(0)?, value(1), value(2), value(3));
        // Below its foot, a curve of the first kinds is flat.
        let foot = || Some(-b? / a?);
        let numbers = match kind {
            0 => [g, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0],
            1 => [g, a?, b?, 0.0, foot()?, 0.0, 0.0],
            2 => [g, a?, b?, 0.0, foot()?, c?, c?],
            3 => [g, a?, b?, c?, value(4)?, 0.0, 0.0],
            4 => [g, a?, b?, c?, value(4)?, value(5)?, value(6)?],
            _ => return None,
        };
        let usable = numbers.iter().all(|number| number.is_finite());
        usable.then_some(Curve::Parametric(numbers))
    }
}
