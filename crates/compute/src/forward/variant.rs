//! The variants of a forward shader: how its work is divided among a device's invocations.

use std::fmt;

use super::BLOCK;
#[cfg(feature = "gpu")]
use crate::adapter::Gpu;
use crate::shader::Shader;

/// Blocks that use the same weights and are worth having side by side. A GPU's invocations that read together read few places
/// then, weights and maps alike; with 4x4 maps all of a workgroup's had read other weights, and every sample all of them again.
const NEIGHBOURS: usize = 8;

/// One way to divide an operation's work. All variants of an operation give the same results, in f32 up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Output channels of an invocation.
    pub channels: u32,
    /// Rows of its block of positions: [`BLOCK`], or half of them, so that fewer sums take fewer registers.
    pub rows: u32,
    /// Invocations that share a block of outputs, each with a slice of the input channels (sliced-K): more than one
    /// keeps a GPU busy where there are few outputs.
    pub slices: u32,
    /// Invocations in a workgroup; `slices` divides it.
    pub workgroup: u32,
    /// Where the slices' partial sums are added up.
    pub reduction: Reduction,
    /// Data type of the weights.
    pub data_type: DataType,
}

/// Where the partial sums of slices are reduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// In workgroup memory: `shaders/parts/slices_in_workgroup.wgsl`.
    Workgroup,
    /// In registers: `shaders/parts/slices_in_subgroup.wgsl`, where a device's subgroups have at least as many
    /// invocations as there are slices.
    Subgroup,
}

/// Data type of weights and of sums of a few products; longer sums are always in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataType {
    /// 32 bits.
    F32,
    /// 16 bits, where a device has them: half the memory to read, three to four digits of precision. For inference
    /// only.
    F16,
}

impl fmt::Display for Variant {
    /// `4 channels, 16 slices in subgroups, workgroups of 64, f16`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let slices = match (self.slices, self.reduction) {
            (1, _) => String::new(),
            (slices, Reduction::Workgroup) => format!(", {slices} slices"),
            (slices, Reduction::Subgroup) => format!(", {slices} slices in subgroups"),
        };
        let data_type = match self.data_type {
            DataType::F32 => "f32",
            DataType::F16 => "f16",
        };
        let rows = match self.rows as usize {
            BLOCK => String::new(),
            rows => format!(", {rows} rows"),
        };
        let (channels, workgroup) = (self.channels, self.workgroup);
        write!(
            f,
            "{channels} channels{rows}{slices}, workgroups of {workgroup}, {data_type}"
        )
    }
}

impl DataType {
    /// The data types that a device's shaders have.
    #[cfg(feature = "gpu")]
    #[must_use]
    pub fn of(gpu: &Gpu) -> &'static [Self] {
        match gpu.device.features().contains(wgpu::Features::SHADER_F16) {
            true => &[Self::F32, Self::F16],
            false => &[Self::F32],
        }
    }

    /// Bytes of one value.
    pub fn bytes(self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
        }
    }
}

impl Variant {
    const fn new(channels: u32, slices: u32, workgroup: u32) -> Self {
        Self {
            channels,
            rows: BLOCK as u32,
            slices,
            workgroup,
            reduction: Reduction::Workgroup,
            data_type: DataType::F32,
        }
    }

    const fn of_few_rows(self) -> Self {
        Self {
            rows: BLOCK as u32 / 2,
            ..self
        }
    }

    const fn in_subgroups(self) -> Self {
        Self {
            reduction: Reduction::Subgroup,
            ..self
        }
    }

    /// The same with weights of this data type.
    pub fn with_data_type(self, data_type: DataType) -> Self {
        Self { data_type, ..self }
    }

    /// Whether a device with such subgroups (fewest and most invocations) can run the variant. All slices of a block
    /// have to lie in one subgroup, whichever size the driver takes, and a workgroup has to consist of whole subgroups.
    pub fn is_offered(&self, subgroups: Option<[u32; 2]>) -> bool {
        match (self.reduction, subgroups) {
            (Reduction::Workgroup, _) => true,
            (Reduction::Subgroup, None) => false,
            (Reduction::Subgroup, Some([fewest, most])) => {
                fewest >= self.slices && most > 0 && self.workgroup.is_multiple_of(most)
            }
        }
    }

    /// Blocks of outputs, each of which `slices` invocations compute, for so many rows and columns of positions and
    /// `outputs` channels.
    pub fn output_blocks(&self, [height, width]: [usize; 2], outputs: usize) -> usize {
        let blocks = height.div_ceil(self.rows as usize) * width.div_ceil(BLOCK);
        blocks * outputs.div_ceil(self.channels as usize)
    }

    /// Samples of `batch` whose blocks neighbouring invocations compute, for so many rows and columns of positions: as many as
    /// make eight blocks. One on an emulated GPU, where no two invocations read at the same time.
    #[must_use]
    pub fn together(&self, [height, width]: [usize; 2], batch: usize, emulated: bool) -> usize {
        let blocks = height.div_ceil(self.rows as usize) * width.div_ceil(BLOCK);
        match emulated {
            true => 1,
            false => (NEIGHBOURS / blocks.max(1)).clamp(1, batch.max(1)),
        }
    }

    /// Blocks of outputs in a workgroup.
    pub fn blocks_in_workgroup(&self) -> u32 {
        self.workgroup / self.slices
    }

    /// `shader` set up to divide its work this way.
    pub fn configure(&self, shader: Shader) -> Shader {
        let reduction = match self.reduction {
            Reduction::Workgroup => {
                include_str!("../../../../shaders/parts/slices_in_workgroup.wgsl")
            }
            Reduction::Subgroup => {
                include_str!("../../../../shaders/parts/slices_in_subgroup.wgsl")
            }
        };
        let shader = shader
            .with("SLICES", self.slices)
            .in_workgroups_of(self.workgroup)
            .with_part(include_str!("../../../../shaders/parts/activation.wgsl"))
            .with_part(reduction);
        match self.data_type {
            DataType::F32 => shader,
            DataType::F16 => shader.in_f16(),
        }
    }
}

// At most 16 KiB of workgroup memory, WebGPU's default limit: 256 bytes for each invocation and four channels of a
// convolution, or one channel of its transpose. The variants that every device offers come first, before others the one that
// fits the registers of most GPUs: with more sums a large NVIDIA card is no slower, and others spill.
pub(super) const CONV2D: [Variant; 11] = [
    Variant::new(4, 1, 64).of_few_rows(),
    Variant::new(8, 1, 64),
    Variant::new(8, 1, 16),
    Variant::new(4, 1, 64),
    Variant::new(4, 4, 32),
    Variant::new(8, 8, 32),
    Variant::new(4, 16, 64),
    Variant::new(4, 16, 64).of_few_rows(),
    Variant::new(4, 4, 64).in_subgroups(),
    Variant::new(8, 8, 64).in_subgroups(),
    Variant::new(4, 16, 64).in_subgroups(),
];
pub(super) const CONV_TRANSPOSE2D: [Variant; 11] = [
    Variant::new(1, 1, 64).of_few_rows(),
    Variant::new(2, 1, 64),
    Variant::new(2, 1, 16),
    Variant::new(1, 1, 64),
    Variant::new(1, 4, 32),
    Variant::new(2, 8, 32),
    Variant::new(1, 16, 64),
    Variant::new(1, 16, 64).of_few_rows(),
    Variant::new(1, 4, 64).in_subgroups(),
    Variant::new(2, 8, 64).in_subgroups(),
    Variant::new(1, 16, 64).in_subgroups(),
];
pub(super) const DENSE: [Variant; 5] = [
    Variant::new(4, 1, 64),
    Variant::new(4, 16, 64),
    Variant::new(4, 64, 64),
    Variant::new(4, 4, 64).in_subgroups(),
    Variant::new(4, 16, 64).in_subgroups(),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_maps_of_several_samples_lie_side_by_side() {
        let together = |rows: u32, side, batch, emulated| {
            let variant = Variant {
                rows,
                ..Variant::new(4, 1, 64)
            };
            variant.together([side, side], batch, emulated)
        };
        assert_eq!(
            [2, 4, 8, 16].map(|side| together(4, side, 32, false)),
            [8, 8, 2, 1]
        );
        assert_eq!(
            [2, 4, 8, 16].map(|side| together(2, side, 32, false)),
            [8, 4, 1, 1]
        );
        assert_eq!((together(4, 4, 3, false), together(4, 4, 32, true)), (3, 1));
    }

    #[test]
    fn slices_are_reduced_in_subgroups_that_hold_all_of_them() {
        let variant = Variant::new(4, 8, 64).in_subgroups();
        let offered = |subgroups| variant.is_offered(subgroups);
        assert!(offered(Some([8, 8])) && offered(Some([32, 64])));
        assert!(!offered(None));
        assert!(
            !offered(Some([4, 32])),
            "a driver may take the smallest size"
        );
        assert!(!offered(Some([8, 128])), "a workgroup would be half of one");
    }
}
