//! Shaders in which a workgroup reduces a channel of a tensor `[batch, channels, ..]`, or of each batch in one.

use burn::tensor::Shape;
use burn_wgpu::{CubeTensor, into_contiguous};

use super::launch;
use crate::registry;
use compute::backward::channel_workgroup;
use compute::shader::Shader;
use compute::shaders::{CHANNEL_SUM, ChannelSum};

/// How channels lie in a tensor, and how a workgroup goes over one.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Channels {
    batch: usize,
    pub count: usize,
    /// Positions of a channel in one sample.
    area: usize,
}

impl Channels {
    /// Of a shape of at least two dimensions, whose samples are those of so many batches.
    pub fn of(shape: &Shape, batches: usize) -> Self {
        Self {
            batch: shape[0] / batches,
            count: shape[1],
            area: shape.iter().skip(2).product(),
        }
    }

    /// The shader in workgroups sized for a channel's length and the device of `on`.
    pub fn in_workgroups(&self, shader: Shader, on: &CubeTensor) -> Shader {
        let emulated = registry::facts(&on.device).emulated;
        shader.in_workgroups_of(channel_workgroup(self.batch * self.area, emulated))
    }

    /// Workgroups: one for each channel.
    pub fn grid(&self, on: &CubeTensor) -> (u32, u32) {
        launch::grid_on(&on.client, self.count as u32, 1)
    }

    /// What the shaders' parameters begin with.
    pub fn sizes(&self, shader: &Shader) -> ChannelSum {
        let lanes = self.area.next_power_of_two() as u32;
        ChannelSum {
            batch: self.batch as u32,
            channels: self.count as u32,
            area: self.area as u32,
            lanes: lanes.min(shader.workgroup),
        }
    }
}

/// The sum of each channel, `[channels]`.
pub(crate) fn sum(values: CubeTensor) -> CubeTensor {
    let values = into_contiguous(values);
    let channels = Channels::of(values.meta.shape(), 1);
    let shader = channels.in_workgroups(CHANNEL_SUM.shader(), &values);
    let sums = launch::empty(&values, [channels.count]);
    let (grid, sizes) = (channels.grid(&values), channels.sizes(&shader));
    launch::queue(&CHANNEL_SUM, shader, grid, [values], [&sums], sizes);
    sums
}
