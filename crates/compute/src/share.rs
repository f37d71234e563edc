//! Sharing work between cores. In wasm there is one.

use std::mem::MaybeUninit;

/// Threads that share the work.
pub fn threads() -> usize {
    #[cfg(not(target_family = "wasm"))]
    return rayon::current_num_threads();
    #[cfg(target_family = "wasm")]
    1
}

/// The results of `work` for each index below `count`, in order.
pub fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(not(target_family = "wasm"))]
    if count > 1 {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(work).collect();
    }
    (0..count).map(work).collect()
}

/// Calls `work` with each piece of `values`, `size` long, and its number.
pub fn pieces<T: Send>(
    values: &mut [T],
    size: usize,
    work: impl Fn(usize, &mut [T]) + Sync + Send,
) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        values
            .par_chunks_mut(size)
            .enumerate()
            .for_each(|(index, piece)| work(index, piece));
    }
    #[cfg(target_family = "wasm")]
    for (index, piece) in values.chunks_mut(size).enumerate() {
        work(index, piece);
    }
}

/// Calls `work` with each of `items` and its number.
pub fn each<T: Send>(items: Vec<T>, work: impl Fn(usize, T) + Sync + Send) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        items
            .into_par_iter()
            .enumerate()
            .for_each(|(index, item)| work(index, item));
    }
    #[cfg(target_family = "wasm")]
    for (index, item) in items.into_iter().enumerate() {
        work(index, item);
    }
}

/// `count` values that `work` makes piece by piece, as [`pieces`] does. A piece begins as zeros, written by the core
/// that works on it: that takes no time of its own, and the piece is then in that core's cache.
#[allow(
    unsafe_code,
    reason = "a vector whose values lie in memory that nobody else has zeroed, on one core, before"
)]
pub fn made(count: usize, size: usize, work: impl Fn(usize, &mut [f32]) + Sync + Send) -> Vec<f32> {
    let mut values = Vec::with_capacity(count);
    pieces(
        &mut values.spare_capacity_mut()[..count],
        size,
        |index, piece| {
            piece.fill(MaybeUninit::new(0.0));
            // SAFETY: every value of the piece has just been written.
            work(index, unsafe { piece.assume_init_mut() });
        },
    );
    // SAFETY: there is room for `count` values, and the pieces, all of which have been written, are all of them.
    unsafe { values.set_len(count) };
    values
}

/// `count` values of `units` pieces that do not lie together: `parts` says which piece the values belong to and how many
/// they are, in the order in which they lie. `work` makes the parts of a piece, which begin as zeros as in [`made`].
///
/// # Panics
/// Where the parts are not `count` values.
#[allow(
    unsafe_code,
    reason = "a vector whose values lie in memory that nobody else has zeroed, on one core, before"
)]
pub fn made_in_parts(
    count: usize,
    units: usize,
    parts: impl Iterator<Item = (usize, usize)>,
    work: impl Fn(usize, &mut [&mut [f32]]) + Sync + Send,
) -> Vec<f32> {
    let mut values = Vec::with_capacity(count);
    let mut rest = &mut values.spare_capacity_mut()[..count];
    let mut pieces: Vec<Vec<_>> = (0..units).map(|_| Vec::new()).collect();
    for (unit, length) in parts {
        let (part, after) = rest.split_at_mut(length);
        pieces[unit].push(part);
        rest = after;
    }
    assert!(rest.is_empty());
    each(pieces, |index, parts| {
        let mut made = Vec::with_capacity(parts.len());
        for part in parts {
            part.fill(MaybeUninit::new(0.0));
            // SAFETY: every value of the part has just been written.
            made.push(unsafe { part.assume_init_mut() });
        }
        work(index, &mut made);
    });
    // SAFETY: there is room for `count` values, and the parts, all of which have been written, are all of them.
    unsafe { values.set_len(count) };
    values
}

/// Values a core takes at a time where nothing else divides them.
pub const PIECE: usize = 1 << 15;

/// Calls `work` with pieces of three slices of one length, [`PIECE`] long, and their number.
pub fn triples([a, b, c]: [&mut [f32]; 3], work: impl Fn(usize, [&mut [f32]; 3]) + Sync + Send) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        a.par_chunks_mut(PIECE)
            .zip(b.par_chunks_mut(PIECE))
            .zip(c.par_chunks_mut(PIECE))
            .enumerate()
            .for_each(|(index, ((a, b), c))| work(index, [a, b, c]));
    }
    #[cfg(target_family = "wasm")]
    for (index, ((a, b), c)) in a
        .chunks_mut(PIECE)
        .zip(b.chunks_mut(PIECE))
        .zip(c.chunks_mut(PIECE))
        .enumerate()
    {
        work(index, [a, b, c]);
    }
}
