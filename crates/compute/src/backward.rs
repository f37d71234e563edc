//! The shaders of the backward pass that have variants: how their work is divided. What launches them is the training's.

use crate::shader::{Shader, WORKGROUP};
use crate::shaders::CONV2D_WEIGHT;

/// One way to divide the weight gradient's work, `shaders/conv2d_weight.wgsl`; the results agree up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightVariant {
    /// Channels of the feature map that an invocation computes: 4 or 8.
    pub channels: usize,
    /// Invocations to split the rows among, where there are enough.
    pub invocations: usize,
}

/// The variants that tuning chooses from.
pub const WEIGHT_VARIANTS: [WeightVariant; 6] = [
    WeightVariant::new(4, 1 << 10),
    WeightVariant::new(8, 1 << 10),
    WeightVariant::new(4, 1 << 13),
    WeightVariant::new(8, 1 << 13),
    WeightVariant::new(4, 1 << 16),
    WeightVariant::new(8, 1 << 16),
];

impl WeightVariant {
    const fn new(channels: usize, invocations: usize) -> Self {
        Self {
            channels,
            invocations,
        }
    }

    /// The shader, set up for a kernel of `kernel` x `kernel`, 3 or 5.
    #[must_use]
    pub fn shader(self, kernel: usize) -> Shader {
        CONV2D_WEIGHT
            .shader()
            .with("KERNEL", kernel as u32)
            .with("CHANNELS", self.channels as u32)
    }
}

/// Invocations for a channel of at least [`MANY_VALUES`]: as many as WebGPU allows by default.
const MANY: u32 = 256;
/// Values of a channel from which on [`MANY`] invocations are worth their reduction.
const MANY_VALUES: usize = 4096;
/// Invocations on an emulated GPU: a core runs them one after the other, a vector register's worth at a time, and each
/// adds up the partial sums of all.
const EMULATED: u32 = 4;

/// What [`channel_workgroup`] may answer.
pub const CHANNEL_WORKGROUPS: [u32; 3] = [EMULATED, WORKGROUP, MANY];

/// Invocations of a workgroup that reduces a channel of so many values.
#[must_use]
pub fn channel_workgroup(values: usize, emulated: bool) -> u32 {
    match values {
        _ if emulated => EMULATED,
        MANY_VALUES.. => MANY,
        _ => WORKGROUP,
    }
}
