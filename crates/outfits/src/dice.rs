//! Random choices from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Random choices from a seed, in plain 32-bit steps so that they fall the same way on every platform.
pub struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From `low` up to, not including, `high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// True with probability `share`.
    pub fn chance(&mut self, share: f64) -> bool {
        self.between(0.0, 1.0) < share
    }

    /// One of them, each as likely as the others; there must be at least one.
    pub fn pick<T: Copy, const N: usize>(&mut self, choices: &[T; N]) -> T {
        choices[self.0.next_u32() as usize % N]
    }
}
