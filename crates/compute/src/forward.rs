//! The shaders of the forward pass, for Burn's tensors and the inference graph alike: how their work is divided, where
//! values lie in memory, and how weights are packed.

mod layout;
mod pack;
mod variant;

pub use layout::Layout;
pub use pack::{conv_transpose2d_weights, conv2d_weights, dense_weights};
pub use variant::{DataType, Reduction, Variant};

use std::fmt;

use crate::shader::Shader;
use crate::shaders::{CONV_TRANSPOSE2D, CONV2D, DENSE};

/// Side of the block of output positions (input positions in a transposed convolution) that one invocation computes.
pub const BLOCK: usize = 4;
/// Samples that one invocation of the dense layer computes.
pub const SAMPLES: usize = 4;
/// vec4s of one kernel in the transposed convolution's packed weights.
#[must_use]
pub fn kernel_vec4s(kernel: usize) -> usize {
    (kernel * kernel).div_ceil(4)
}

/// An operation of the forward pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// Strided convolution, `shaders/conv2d.wgsl`: stride 2, padding of half the kernel. The output's side is half the
    /// input's, rounded up.
    Conv2d {
        /// Side of the kernel, 3 or 5.
        kernel: usize,
    },
    /// Transposed convolution, `shaders/conv_transpose2d.wgsl`: kernel 5, stride 2. The output's side is twice the
    /// input's.
    ConvTranspose2d {
        /// Side of the kernel, 3 or 5.
        kernel: usize,
    },
    /// Fully connected layer, `shaders/dense.wgsl`.
    Dense,
}

impl fmt::Display for Operation {
    /// The shader's name, and the kernel's sides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conv2d { kernel } => write!(f, "conv2d {kernel}x{kernel}"),
            Self::ConvTranspose2d { kernel } => write!(f, "conv_transpose2d {kernel}x{kernel}"),
            Self::Dense => f.write_str("dense"),
        }
    }
}

/// What a layer does with its sums; the number is the shaders'.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    Identity = 0,
    /// Leaky ReLU of slope [`LEAKY_SLOPE`](crate::LEAKY_SLOPE).
    Leaky = 1,
    /// Hyperbolic tangent.
    Tanh = 2,
}

/// Invocations that keep a large GPU busy.
const MANY: usize = 1 << 14;
/// Invocations that are worth workgroups of 64: with fewer, a device's cores would not each get one.
const SOME: usize = 1 << 10;

impl Operation {
    /// Weights of one pair of an input and an output channel.
    pub fn taps(self) -> usize {
        match self {
            Self::Conv2d { kernel } | Self::ConvTranspose2d { kernel } => kernel * kernel,
            Self::Dense => 1,
        }
    }

    /// Every variant of the operation's shader; those that every device offers come first.
    #[must_use]
    pub fn variants(self) -> &'static [Variant] {
        match self {
            Self::Conv2d { .. } => &variant::CONV2D,
            Self::ConvTranspose2d { .. } => &variant::CONV_TRANSPOSE2D,
            Self::Dense => &variant::DENSE,
        }
    }

    /// First guess where no variant was measured: the index of a variant for so many rows and columns of positions in each
    /// of `samples`, and `outputs` output channels. Emulated GPUs have few cores, each of which takes a workgroup, registers
    /// in memory, and pay for workgroup memory.
    pub fn first_guess(
        self,
        positions: [usize; 2],
        samples: usize,
        outputs: usize,
        emulated: bool,
    ) -> usize {
        let enough = |variant: &Variant| {
            let blocks = samples * variant.output_blocks(positions, outputs);
            let invocations = blocks * variant.slices as usize;
            let least = match variant.slices {
                _ if emulated && (variant.rows as usize) < BLOCK => usize::MAX,
                1 if emulated && variant.workgroup == 16 => 0,
                1 if emulated => SOME,
                _ if emulated => usize::MAX,
                _ => MANY,
            };
            invocations >= least
        };
        let simple = |variant: &&Variant| variant.is_offered(None);
        let variants: Vec<&Variant> = self.variants().iter().take_while(simple).collect();
        let whole = |variant: &&Variant| variant.rows as usize == BLOCK;
        let last = match emulated {
            true => variants.iter().position(whole).unwrap_or(0),
            false => variants.len() - 1,
        };
        variants.into_iter().position(enough).unwrap_or(last)
    }

    /// The operation's shader, set up for `variant`.
    pub fn shader(self, variant: Variant) -> Shader {
        let shader = match self {
            Self::Conv2d { kernel } => CONV2D
                .shader()
                .with("KERNEL", kernel as u32)
                .with("CHANNELS", variant.channels)
                .with("ROWS", variant.rows),
            Self::ConvTranspose2d { kernel } => CONV_TRANSPOSE2D
                .shader()
                .with("KERNEL", kernel as u32)
                .with("TAPS", kernel_vec4s(kernel) as u32)
                .with("CHANNELS", variant.channels)
                .with("ROWS", variant.rows),
            Self::Dense => DENSE.shader(),
        };
        variant.configure(shader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPERATIONS: [Operation; 3] = [
        Operation::Conv2d { kernel: 5 },
        Operation::ConvTranspose2d { kernel: 5 },
        Operation::Dense,
    ];

    #[test]
    fn every_variant_keeps_within_webgpus_default_limits() {
        for operation in OPERATIONS {
            for variant in operation.variants() {
                assert!(variant.workgroup <= 256 && variant.workgroup % variant.slices == 0);
                let vec4s = match operation {
                    Operation::Conv2d { .. } => variant.rows * variant.channels,
                    Operation::ConvTranspose2d { .. } => 4 * variant.rows * variant.channels,
                    Operation::Dense => 4,
                };
                let bytes = 16 * vec4s * variant.workgroup;
                let none = variant.slices == 1 || variant.reduction == Reduction::Subgroup;
                assert!(none || bytes <= 16_384, "{variant:?}");
            }
        }
    }

    #[test]
    fn few_outputs_are_shared_on_a_gpu_and_not_on_an_emulated_one() {
        for operation in OPERATIONS {
            let guess = |samples, emulated| {
                let index = operation.first_guess([4, 4], samples, 64, emulated);
                operation.variants()[index]
            };
            assert!(guess(1, false).slices > 1);
            assert_eq!(guess(1, true).slices, 1);
            assert_eq!(guess(1 << 20, false), operation.variants()[0]);
        }
    }

    #[test]
    fn a_guess_is_what_any_device_offers() {
        for operation in OPERATIONS {
            for (samples, emulated) in [(1, false), (1, true), (1 << 20, false), (1 << 20, true)] {
                let index = operation.first_guess([4, 4], samples, 64, emulated);
                let guess = operation.variants()[index];
                assert!(guess.is_offered(None), "{guess:?}");
                assert!(!emulated || guess.rows as usize == BLOCK, "{guess:?}");
            }
        }
    }
}
