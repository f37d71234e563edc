//! What the shaders of the forward pass ask of the memory around them, for Burn's tensors and the inference graph alike:
//! how their work is divided, where values lie, and how weights are packed.

mod layout;
mod pack;

pub use layout::Layout;
pub(crate) use pack::{conv_transpose2d_weights, conv2d_weights, dense_weights};

use crate::shader::Shader;

/// Side of the block of output positions (of input positions, where the side doubles) that one invocation computes.
pub(crate) const BLOCK: usize = 4;
/// Samples that one invocation of the dense layer computes.
pub(crate) const SAMPLES: usize = 4;
/// vec4s of one kernel in the transposed convolution's packed weights.
pub(crate) const TAPS: usize = 7;

/// An operation of the forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// `shaders/conv2d.wgsl`, the side halves.
    Conv2d {
        /// Side of the kernel, 3 or 5.
        kernel: usize,
    },
    /// `shaders/conv_transpose2d.wgsl` with a kernel of 5, the side doubles.
    ConvTranspose2d,
    /// `shaders/dense.wgsl`.
    Dense,
}

/// How an operation's work is divided; all variants of an operation compute the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Output channels of an invocation.
    pub channels: u32,
    /// Invocations that share a block of outputs, each a part of the input channels: more than one needs workgroup
    /// memory, and gives a GPU something to do where there are few outputs.
    pub slices: u32,
    /// Invocations in a workgroup; `slices` divides it.
    pub workgroup: u32,
}

const fn variant(channels: u32, slices: u32, workgroup: u32) -> Variant {
    Variant {
        channels,
        slices,
        workgroup,
    }
}

// At most 16 KiB of workgroup memory, WebGPU's default: 256 bytes for each invocation and four channels of a convolution,
// or one of its transpose.
const CONV2D: [Variant; 6] = [
    variant(8, 1, 64),
    variant(8, 1, 16),
    variant(4, 1, 64),
    variant(4, 4, 32),
    variant(8, 8, 32),
    variant(4, 16, 64),
];
const CONV_TRANSPOSE2D: [Variant; 6] = [
    variant(2, 1, 64),
    variant(2, 1, 16),
    variant(1, 1, 64),
    variant(1, 4, 32),
    variant(2, 8, 32),
    variant(1, 16, 64),
];
const DENSE: [Variant; 3] = [variant(4, 1, 64), variant(4, 16, 64), variant(4, 64, 64)];

/// Invocations that keep a large GPU busy.
const MANY: usize = 1 << 14;
/// Invocations that are worth workgroups of 64: with fewer, a device's cores would not each get one.
const SOME: usize = 1 << 10;

impl Operation {
    /// Weights for an input and an output.
    pub(crate) fn taps(self) -> usize {
        match self {
            Self::Conv2d { kernel } => kernel * kernel,
            Self::ConvTranspose2d => 25,
            Self::Dense => 1,
        }
    }

    /// Every way to divide the work.
    #[must_use]
    pub fn variants(self) -> &'static [Variant] {
        match self {
            Self::Conv2d { .. } => &CONV2D,
            Self::ConvTranspose2d => &CONV_TRANSPOSE2D,
            Self::Dense => &DENSE,
        }
    }

    /// The index of a variant for `blocks` blocks of positions and `outputs` output channels, where none was measured.
    /// Emulated GPUs have few cores, each of which takes a workgroup, and pay for workgroup memory.
    pub(crate) fn usual(self, blocks: usize, outputs: usize, emulated: bool) -> usize {
        let enough = |variant: &Variant| {
            let invocations = variant.places(blocks, outputs) * variant.slices as usize;
            let least = match variant.slices {
                1 if emulated && variant.workgroup == 16 => 0,
                1 if emulated => SOME,
                _ if emulated => usize::MAX,
                _ => MANY,
            };
            invocations >= least
        };
        let variants = self.variants();
        let last = if emulated { 0 } else { variants.len() - 1 };
        variants.iter().position(enough).unwrap_or(last)
    }

    pub(crate) fn shader(self, variant: Variant) -> Shader {
        let shader = match self {
            Self::Conv2d { kernel } => {
                Shader::new("conv2d", include_str!("../../../shaders/conv2d.wgsl"))
                    .with("KERNEL", kernel as u32)
                    .with("CHANNELS", variant.channels)
            }
            Self::ConvTranspose2d => Shader::new(
                "conv_transpose2d",
                include_str!("../../../shaders/conv_transpose2d.wgsl"),
            )
            .with("CHANNELS", variant.channels),
            Self::Dense => Shader::new("dense", include_str!("../../../shaders/dense.wgsl")),
        };
        shader
            .with("SLICES", variant.slices)
            .in_workgroups_of(variant.workgroup)
    }
}

impl Variant {
    /// Blocks of positions and channels, each of which `slices` invocations compute.
    pub(crate) fn places(&self, blocks: usize, outputs: usize) -> usize {
        blocks * outputs.div_ceil(self.channels as usize)
    }

    /// Places in a workgroup.
    pub(crate) fn shared(&self) -> u32 {
        self.workgroup / self.slices
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATIONS: [Operation; 3] = [
        Operation::Conv2d { kernel: 5 },
        Operation::ConvTranspose2d,
        Operation::Dense,
    ];

    #[test]
    fn every_variant_keeps_within_webgpus_default_limits() {
        for operation in OPERATIONS {
            for variant in operation.variants() {
                assert!(variant.workgroup <= 256 && variant.workgroup % variant.slices == 0);
                let vec4s = match operation {
                    Operation::Conv2d { .. } => 4 * variant.channels,
                    Operation::ConvTranspose2d => 16 * variant.channels,
                    Operation::Dense => 4,
                };
                let bytes = 16 * vec4s * variant.workgroup;
                assert!(variant.slices == 1 || bytes <= 16_384, "{variant:?}");
            }
        }
    }

    #[test]
    fn few_outputs_are_shared_on_a_gpu_and_not_on_an_emulated_one() {
        for operation in OPERATIONS {
            let slices = |emulated| operation.variants()[operation.usual(1, 64, emulated)].slices;
            assert!(slices(false) > 1);
            assert_eq!(slices(true), 1);
            assert_eq!(operation.usual(1 << 20, 64, false), 0);
        }
    }
}
