//! How an operation's work is divided among a device's invocations.

use burn::tensor::wgpu::{WgpuSetup, wgpu};

use crate::shader::Shader;

/// One way to divide an operation's work. All variants of an operation compute the same, in f32 to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Variant {
    /// Output channels of an invocation.
    pub channels: u32,
    /// Invocations that share a block of outputs, each a part of the input channels: more than one gives a GPU something
    /// to do where there are few outputs.
    pub slices: u32,
    /// Invocations in a workgroup; `slices` divides it.
    pub workgroup: u32,
    /// Where slices add up what they have.
    pub meeting: Meeting,
    /// What weights are kept in.
    pub number: Number,
}

/// Where slices of a sum meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Meeting {
    /// `shaders/parts/slices_in_workgroup.wgsl`
    Workgroup,
    /// `shaders/parts/slices_in_subgroup.wgsl`, where a device has subgroups of as many invocations as there are slices.
    Subgroup,
}

/// What weights are kept in, and sums of a few products computed in; longer sums are always in f32.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Number {
    /// 32 bits.
    F32,
    /// 16 bits, where a device has them: half of the memory to read, three to four digits. For inference only.
    F16,
}

/// The fewest and the most invocations of a device's subgroups; `None` where shaders have none. In browsers wgpu does not
/// ask for them.
pub(crate) fn subgroups(setup: &WgpuSetup) -> Option<[u32; 2]> {
    let features = setup.device.features();
    let info = setup.adapter.get_info();
    let sizes = [info.subgroup_min_size, info.subgroup_max_size];
    features.contains(wgpu::Features::SUBGROUP).then_some(sizes)
}

impl Number {
    /// What a device's shaders have.
    pub(crate) fn of(setup: &WgpuSetup) -> &'static [Self] {
        match setup.device.features().contains(wgpu::Features::SHADER_F16) {
            true => &[Self::F32, Self::F16],
            false => &[Self::F32],
        }
    }

    /// Of one.
    pub(crate) fn bytes(self) -> usize {
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
            slices,
            workgroup,
            meeting: Meeting::Workgroup,
            number: Number::F32,
        }
    }

    const fn in_subgroups(self) -> Self {
        Self {
            meeting: Meeting::Subgroup,
            ..self
        }
    }

    /// The same with weights kept in these numbers.
    pub(crate) fn keeping(self, number: Number) -> Self {
        Self { number, ..self }
    }

    /// Whether a device with such subgroups can do it. The slices of a block have to lie in one, whichever size the driver
    /// takes, and a workgroup has to be made of whole ones.
    pub(crate) fn is_offered(&self, subgroups: Option<[u32; 2]>) -> bool {
        match (self.meeting, subgroups) {
            (Meeting::Workgroup, _) => true,
            (Meeting::Subgroup, None) => false,
            (Meeting::Subgroup, Some([fewest, most])) => {
                fewest >= self.slices && most > 0 && self.workgroup.is_multiple_of(most)
            }
        }
    }

    /// Blocks of positions and channels, each of which `slices` invocations compute.
    pub(crate) fn places(&self, blocks: usize, outputs: usize) -> usize {
        blocks * outputs.div_ceil(self.channels as usize)
    }

    /// Places in a workgroup.
    pub(crate) fn shared(&self) -> u32 {
        self.workgroup / self.slices
    }

    /// The shader that divides its work so.
    pub(crate) fn divides(&self, shader: Shader) -> Shader {
        let meeting = match self.meeting {
            Meeting::Workgroup => {
                include_str!("../../../../shaders/parts/slices_in_workgroup.wgsl")
            }
            Meeting::Subgroup => include_str!("../../../../shaders/parts/slices_in_subgroup.wgsl"),
        };
        let shader = shader
            .with("SLICES", self.slices)
            .in_workgroups_of(self.workgroup)
            .with_part(include_str!("../../../../shaders/parts/activation.wgsl"))
            .with_part(meeting);
        match self.number {
            Number::F32 => shader,
            Number::F16 => shader.in_f16(),
        }
    }
}

// At most 16 KiB of workgroup memory, WebGPU's default: 256 bytes for each invocation and four channels of a convolution,
// or one of its transpose. What any device offers comes first.
pub(super) const CONV2D: [Variant; 9] = [
    Variant::new(8, 1, 64),
    Variant::new(8, 1, 16),
    Variant::new(4, 1, 64),
    Variant::new(4, 4, 32),
    Variant::new(8, 8, 32),
    Variant::new(4, 16, 64),
    Variant::new(4, 4, 64).in_subgroups(),
    Variant::new(8, 8, 64).in_subgroups(),
    Variant::new(4, 16, 64).in_subgroups(),
];
pub(super) const CONV_TRANSPOSE2D: [Variant; 9] = [
    Variant::new(2, 1, 64),
    Variant::new(2, 1, 16),
    Variant::new(1, 1, 64),
    Variant::new(1, 4, 32),
    Variant::new(2, 8, 32),
    Variant::new(1, 16, 64),
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
    fn slices_meet_in_subgroups_that_hold_them_whole() {
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
