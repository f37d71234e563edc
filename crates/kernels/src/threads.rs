//! The thread that a training's steps are taken on.

/// Bytes of stack of each thread that computes: as much as a main thread's, for gradients go through networks call by call.
const STACK: usize = 8 << 20;

/// Runs `work` on one of the threads that compute. A step hands some hundred pieces of work to them; from any other thread each
/// of those wakes them and waits to be woken, which small networks notice.
///
/// Where those threads were started already, they stay as they are.
pub fn on_computing_thread<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let pool = rayon::ThreadPoolBuilder::new().stack_size(STACK);
    // Fails where they were.
    let _ = pool.build_global();
    rayon::scope(|_| work())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_done_on_a_thread_that_computes() {
        assert!(rayon::current_thread_index().is_none());
        let index = on_computing_thread(rayon::current_thread_index);
        assert!(index.is_some());
        // One within another stays.
        let within = || on_computing_thread(rayon::current_thread_index);
        assert!(on_computing_thread(within).is_some());
    }
}
