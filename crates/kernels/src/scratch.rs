//! Memory that one call after the other works in: asking for it anew, and having it zeroed, would cost a tenth of the
//! time.

use std::cell::RefCell;

thread_local! {
    static IDLE: RefCell<Vec<Vec<f32>>> = const { RefCell::new(Vec::new()) };
}

/// Buffers that a thread keeps.
const KEPT: usize = 4;

/// Calls `work` with `count` values, which hold anything.
pub(crate) fn with<T>(count: usize, work: impl FnOnce(&mut [f32]) -> T) -> T {
    let mut buffer = IDLE.with_borrow_mut(Vec::pop).unwrap_or_default();
    if buffer.len() < count {
        buffer.resize(count, 0.0);
    }
    let result = work(&mut buffer[..count]);
    IDLE.with_borrow_mut(|idle| {
        if idle.len() < KEPT {
            idle.push(buffer);
        }
    });
    result
}

#[cfg(test)]
mod tests {
    #[test]
    fn buffers_are_lent_one_at_a_time() {
        let sum = super::with(3, |outer| {
            outer.fill(1.0);
            super::with(5, |inner| inner.fill(2.0));
            outer.iter().sum::<f32>()
        });
        assert_eq!(sum, 3.0);
    }
}
