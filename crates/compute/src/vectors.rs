//! Passes over values, compiled for the widest vectors that the processor has.

use pulp::{Arch, Simd, WithSimd};

/// What [`vectorized`] compiles for each vector width. A closure would not do: a large one the compiler keeps apart
/// from what calls it, and builds once, for the narrowest.
pub trait Pass<A> {
    /// The pass's result.
    type Output;

    /// The pass itself, to be inlined, as is all that it calls.
    fn run(arguments: A) -> Self::Output;
}

/// Declares a [`Pass`] like a function.
#[macro_export]
macro_rules! pass {
    ($(#[$about:meta])* $name:ident($($argument:ident: $kind:ty),* $(,)?) -> $result:ty $body:block) => {
        $(#[$about])*
        struct $name;

        impl $crate::vectors::Pass<($($kind,)*)> for $name {
            type Output = $result;

            #[inline(always)]
            fn run(($($argument,)*): ($($kind,)*)) -> $result $body
        }
    };
}

struct Call<P, A>(P, A);

impl<P: Pass<A>, A> WithSimd for Call<P, A> {
    type Output = P::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> P::Output {
        P::run(self.1)
    }
}

/// Runs `pass` with the widest vectors that the processor has.
pub fn vectorized<P: Pass<A>, A>(pass: P, arguments: A) -> P::Output {
    Arch::new().dispatch(Call(pass, arguments))
}

/// Running sums in f32 before they enter one in f64, as many as the widest vector has lanes.
pub const LANES: usize = 16;

/// The sum of `of(value)` over all values, the same on every processor.
#[inline(always)]
pub fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f64 {
    let mut lanes = [0.0_f32; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += of(*value);
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane += of(*value);
    }
    total(lanes)
}

/// All lanes together.
#[inline(always)]
pub fn total(lanes: [f32; LANES]) -> f64 {
    lanes.iter().map(|lane| f64::from(*lane)).sum()
}

/// Calls `$work::<N>` for rows of `$length` values, where N is that length if it is one that the networks' feature maps
/// have, which the compiler then needs no loop for, and zero otherwise.
#[macro_export]
macro_rules! by_length {
    ($length:expr, $work:ident, ($($argument:expr),* $(,)?)) => {
        match $length {
            32 => $work::<32>($($argument),*),
            16 => $work::<16>($($argument),*),
            8 => $work::<8>($($argument),*),
            4 => $work::<4>($($argument),*),
            2 => $work::<2>($($argument),*),
            _ => $work::<0>($($argument),*),
        }
    };
}

/// `target` becomes `source`, which is as long: `N` values, or any number where that is zero.
#[inline(always)]
pub fn copy<const N: usize>(target: &mut [f32], source: &[f32]) {
    if let (Some(target), Some(source)) = (target.first_chunk_mut::<N>(), source.first_chunk::<N>())
        && N > 0
    {
        *target = *source;
    } else {
        target.copy_from_slice(source);
    }
}

/// `target` grows by `source`, as [`copy`].
#[inline(always)]
pub fn add<const N: usize>(target: &mut [f32], source: &[f32]) {
    if let (Some(target), Some(source)) = (target.first_chunk_mut::<N>(), source.first_chunk::<N>())
        && N > 0
    {
        for (sum, value) in target.iter_mut().zip(source) {
            *sum += value;
        }
    } else {
        for (sum, value) in target.iter_mut().zip(source) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pass!(Copy(target: &mut [f32], source: &[f32]) -> () {
        by_length!(source.len(), copy, (target, source));
    });
    pass!(Add(target: &mut [f32], source: &[f32]) -> () {
        by_length!(source.len(), add, (target, source));
    });
    pass!(Double(values: &[f32]) -> f64 { sum(values, |value| 2.0 * value) });

    #[test]
    fn rows_of_any_length_are_copied_and_added() {
        for length in [0, 1, 2, 3, 4, 5, 8, 16, 17, 32, 33] {
            let source: Vec<f32> = (0..length).map(|value| value as f32).collect();
            let mut target = vec![7.0; length];
            vectorized(Copy, (&mut target, &source));
            assert_eq!(target, source);
            vectorized(Add, (&mut target, &source));
            assert!(target.iter().zip(&source).all(|(t, s)| *t == 2.0 * s));
            let expected = (length * length.saturating_sub(1)) as f64;
            assert_eq!(vectorized(Double, (&source,)), expected);
        }
    }
}
