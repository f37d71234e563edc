//! What keeps D and the two others in balance, from the paper's sources and later: each a setting, each off at first.
//!
//! | module | technique |
//! |---|---|
//! | `augment` | D sees augmented pictures, and the gradient passes through (DiffAugment) |
//! | `average` | exponential moving average of G and E; the mean for historical averaging |
//! | `reference` | the reference batch of virtual batch normalization |
//! | `schedule` | learning rates that warm up and decay |
//! | `unroll` | G and E train against the D of K steps later (unrolled GANs) |

pub(crate) mod augment;
pub(crate) mod average;
pub(crate) mod reference;
pub(crate) mod schedule;
pub(crate) mod unroll;

pub use augment::{Augment, Augmentation};
pub use reference::VirtualBatchNorm;
pub use schedule::{Schedule, Shape};
pub use unroll::UnrollConfig;
