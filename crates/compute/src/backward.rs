//! The shaders of the backward pass that have variants: how their work is divided. What launches them is the training's.

use crate::shader::{Shader, WORKGROUP};
use crate::shaders::CONV2D_WEIGHT;

/// One way to divide the weight gradient's work, `shaders/conv2d_weight.wgsl`; the results agree up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightVariant {
    /// Channels of the feature map that an invocation computes: 2, 4 or 8.
    pub channels: usize,
    /// Invocations to split the rows among, where there are enough.
    pub invocations: usize,
}

/// The variants that tuning chooses from.
pub const WEIGHT_VARIANTS: [WeightVariant; 9] = [
    WeightVariant::new(4, 1 << 10),
    WeightVariant::new(8, 1 << 10),
    WeightVariant::new(4, 1 << 13),
    WeightVariant::new(8, 1 << 13),
    WeightVariant::new(4, 1 << 16),
    WeightVariant::new(8, 1 << 16),
    WeightVariant::new(2, 1 << 10),
    WeightVariant::new(2, 1 << 13),
    WeightVariant::new(2, 1 << 16),
];

/// The index of the variant that is taken before anything was measured. Emulated GPUs have few invocations to keep busy, and
/// registers in memory; on others the sums of two channels fit the registers of most.
#[must_use]
pub fn first_guess(emulated: bool) -> usize {
    if emulated {
        0
    } else {
        WEIGHT_VARIANTS.len() - 1
    }
}

impl WeightVariant {
    const fn new(channels: usize, invocations: usize) -> Self {
        Self {
            channels,
            invocations,
        }
    }

    /// Whether it is worth trying: with a kernel of 5, the sums of 8 channels fit no GPU's registers.
    #[must_use]
    pub fn is_offered(self, kernel: usize) -> bool {
        self.channels < 8 || kernel < 5
    }

    /// The shader, set up for a kernel of `kernel` x `kernel`, 3 or 5.
    #[must_use]
    pub fn shader(self, kernel: usize) -> Shader {
        let maps = match self.channels {
            2 => include_str!("../../../shaders/parts/two_maps.wgsl"),
            _ => include_str!("../../../shaders/parts/four_maps.wgsl"),
        };
        CONV2D_WEIGHT
            .shader()
            .with("KERNEL", kernel as u32)
            .with("CHANNELS", self.channels as u32)
            .with_part(maps)
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
