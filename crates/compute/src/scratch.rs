//! Working memory that calls reuse: allocating and zeroing it anew would cost a tenth of the time.

use std::cell::RefCell;

thread_local! {
    static IDLE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Buffers that a thread keeps.
const KEPT: usize = 4;

/// Calls `work` with two buffers of `counts` arbitrary values.
pub fn with<T>(counts: [usize; 2], work: impl FnOnce([&mut [f32]; 2]) -> T) -> T {
    let mut buffers = counts.map(|count| {
        let mut buffer = IDLE.with_borrow_mut(Vec::pop).unwrap_or_default();
        if buffer.len() < count {
            buffer.resize(count, 0.0);
        }
        buffer
    });
    let [first, second] = &mut buffers;
    let result = work([&mut first[..counts[0]], &mut second[..counts[1]]]);
    IDLE.with_borrow_mut(|idle| {
        // The one taken last goes back first, for each to be taken for what it was large enough for.
        for buffer in buffers.into_iter().rev() {
            if idle.len() < KEPT {
                idle.push(buffer);
            }
        }
    });
    result
}

#[cfg(test)]
mod tests {
    #[test]
    fn buffers_are_lent_one_at_a_time() {
        let sum = super::with([3, 2], |[outer, other]| {
            outer.fill(1.0);
            other.fill(4.0);
            super::with([5, 5], |[inner, other]| {
                inner.fill(2.0);
                other.fill(3.0);
            });
            outer.iter().chain(other.iter()).sum::<f32>()
        });
        assert_eq!(sum, 11.0);
    }
}
