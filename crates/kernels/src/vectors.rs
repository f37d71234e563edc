//! Passes over values with the widest vectors that the processor has, and what they are made of.

use pulp::{Arch, Simd, WithSimd};

/// What [`vectorized`] compiles for each vector width. A closure would not do: a large one the compiler keeps apart from
/// what calls it, and builds once, for the narrowest.
pub(crate) trait Pass<A> {
    /// What the pass gives.
    type Output;

    /// The pass itself, to be inlined, as is all that it calls.
    fn run(arguments: A) -> Self::Output;
}

/// Declares a [`Pass`] like a function.
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
pub(crate) use pass;

struct Call<P, A>(P, A);

impl<P: Pass<A>, A> WithSimd for Call<P, A> {
    type Output = P::Output;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> P::Output {
        P::run(self.1)
    }
}

/// Runs `pass` with the widest vectors that the processor has.
pub(crate) fn vectorized<P: Pass<A>, A>(pass: P, arguments: A) -> P::Output {
    Arch::new().dispatch(Call(pass, arguments))
}

/// Running sums in f32 before they enter one in f64, as many as the widest vector has lanes.
pub(crate) const LANES: usize = 16;

/// The sum of what `of` makes of each value, the same on every processor.
#[inline(always)]
pub(crate) fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f64 {
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
pub(crate) fn total(lanes: [f32; LANES]) -> f64 {
    lanes.iter().map(|lane| f64::from(*lane)).sum()
}

/// Calls `work` on pairs of short slices of one length; the lengths that rows of the networks' maps have are known to
/// the compiler, which then needs no loop.
macro_rules! by_length {
    ($target:expr, $source:expr, $work:ident) => {
        match $source.len() {
            32 => $work($target.first_chunk_mut::<32>(), $source.first_chunk::<32>()),
            16 => $work($target.first_chunk_mut::<16>(), $source.first_chunk::<16>()),
            8 => $work($target.first_chunk_mut::<8>(), $source.first_chunk::<8>()),
            4 => $work($target.first_chunk_mut::<4>(), $source.first_chunk::<4>()),
            _ => {
                for (target, source) in $target.chunks_exact_mut(1).zip($source.chunks_exact(1)) {
                    $work(target.first_chunk_mut::<1>(), source.first_chunk::<1>());
                }
            }
        }
    };
}

/// `target` becomes `source`, which is as long.
#[inline(always)]
pub(crate) fn copy(target: &mut [f32], source: &[f32]) {
    by_length!(target, source, copy_array);
}

/// `target` grows by `source`, which is as long.
#[inline(always)]
pub(crate) fn add(target: &mut [f32], source: &[f32]) {
    by_length!(target, source, add_array);
}

#[inline(always)]
fn copy_array<const N: usize>(target: Option<&mut [f32; N]>, source: Option<&[f32; N]>) {
    if let (Some(target), Some(source)) = (target, source) {
        *target = *source;
    }
}

#[inline(always)]
fn add_array<const N: usize>(target: Option<&mut [f32; N]>, source: Option<&[f32; N]>) {
    if let (Some(target), Some(source)) = (target, source) {
        for (sum, value) in target.iter_mut().zip(source) {
            *sum += value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pass!(Copy(target: &mut [f32], source: &[f32]) -> () { copy(target, source) });
    pass!(Add(target: &mut [f32], source: &[f32]) -> () { add(target, source) });
    pass!(Double(values: &[f32]) -> f64 { sum(values, |value| 2.0 * value) });

    #[test]
    fn rows_of_any_length_are_copied_and_added() {
        for length in [0, 1, 3, 4, 5, 8, 16, 17, 32, 33] {
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
