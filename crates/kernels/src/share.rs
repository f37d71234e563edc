//! Sharing work between cores. In wasm there is one.

/// Cores that take part.
pub(crate) fn threads() -> usize {
    #[cfg(not(target_family = "wasm"))]
    return rayon::current_num_threads();
    #[cfg(target_family = "wasm")]
    1
}

/// What `work` makes of each number below `count`, in order.
pub(crate) fn map<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    #[cfg(not(target_family = "wasm"))]
    if count > 1 {
        use rayon::prelude::*;
        return (0..count).into_par_iter().map(work).collect();
    }
    (0..count).map(work).collect()
}

/// Calls `work` with each piece of `values`, `size` long, and its number.
pub(crate) fn pieces(
    values: &mut [f32],
    size: usize,
    work: impl Fn(usize, &mut [f32]) + Sync + Send,
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

/// Values a core takes at a time where nothing else divides them.
pub(crate) const PIECE: usize = 1 << 15;

/// Calls `work` with pieces of three slices of one length.
pub(crate) fn triples([a, b, c]: [&mut [f32]; 3], work: impl Fn([&mut [f32]; 3]) + Sync + Send) {
    #[cfg(not(target_family = "wasm"))]
    {
        use rayon::prelude::*;
        a.par_chunks_mut(PIECE)
            .zip(b.par_chunks_mut(PIECE))
            .zip(c.par_chunks_mut(PIECE))
            .for_each(|((a, b), c)| work([a, b, c]));
    }
    #[cfg(target_family = "wasm")]
    work([a, b, c]);
}
