//! Passes over values with the widest vectors that the processor has, and what they are made of.

use pulp::Arch;

/// Calls `work`, compiled for each vector width; what it calls has to be inlined into it for that.
#[inline(always)]
pub(crate) fn vectorized<T>(work: impl FnOnce() -> T) -> T {
    Arch::new().dispatch(work)
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

    #[test]
    fn rows_of_any_length_are_copied_and_added() {
        for length in [0, 1, 3, 4, 5, 8, 16, 17, 32, 33] {
            let source: Vec<f32> = (0..length).map(|value| value as f32).collect();
            let mut target = vec![7.0; length];
            vectorized(|| copy(&mut target, &source));
            assert_eq!(target, source);
            vectorized(|| add(&mut target, &source));
            assert!(target.iter().zip(&source).all(|(t, s)| *t == 2.0 * s));
            let expected = (length * length.saturating_sub(1)) as f64;
            assert_eq!(vectorized(|| sum(&source, |value| 2.0 * value)), expected);
        }
    }
}
