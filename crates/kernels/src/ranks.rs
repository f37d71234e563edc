//! What a batch norm asks of other processes, where each has its own rows of one batch.

use std::fmt::Debug;

/// Processes that each compute a part of one batch, and add up what they found.
///
/// All of them call the same functions in the same order, or wait for ever.
pub trait AllReduce: Debug + Send + Sync {
    /// How many there are.
    fn count(&self) -> usize;

    /// Replaces every value by its sum over all of them; to the bit the same for each.
    fn sum(&self, values: &mut [f64]);
}

/// Lives as long as the program does, so that every layer and gradient can hold it.
pub type Others = &'static dyn AllReduce;
