//! The shaders of the backward pass that have variants: how their work is divided. What launches them is the training's.

use crate::shader::{Shader, WORKGROUP};
use crate::shaders::{CONV2D_WEIGHT, CONV2D_WEIGHT_STAGED};

/// One way to divide the weight gradient's work, `shaders/conv2d_weight.wgsl` or `conv2d_weight_staged.wgsl`; the results agree
/// up to rounding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WeightVariant {
    /// Whether a workgroup shares what it reads.
    pub staged: bool,
    /// Channels of the feature map that an invocation computes: 2, 4 or 8.
    pub channels: usize,
    /// Invocations to split the sums among, where there are enough.
    pub invocations: usize,
}

/// The variants that tuning chooses from.
pub const WEIGHT_VARIANTS: [WeightVariant; 13] = [
    WeightVariant::direct(4, 1 << 10),
    WeightVariant::direct(8, 1 << 10),
    WeightVariant::direct(4, 1 << 13),
    WeightVariant::direct(8, 1 << 13),
    WeightVariant::direct(4, 1 << 16),
    WeightVariant::direct(8, 1 << 16),
    WeightVariant::direct(2, 1 << 10),
    WeightVariant::direct(2, 1 << 13),
    WeightVariant::direct(2, 1 << 16),
    WeightVariant::staged(4, 1 << 13),
    WeightVariant::staged(4, 1 << 16),
    WeightVariant::staged(2, 1 << 13),
    WeightVariant::staged(2, 1 << 16),
];

/// The index of the variant that is taken before anything was measured. Emulated GPUs have few invocations to keep busy, and
/// registers and workgroup memory in memory; on others the sums of two channels fit the registers of most, and what
/// invocations of a workgroup read together does not fit their caches.
#[must_use]
pub fn first_guess(emulated: bool) -> usize {
    if emulated {
        0
    } else {
        WEIGHT_VARIANTS.len() - 1
    }
}

impl WeightVariant {
    const fn direct(channels: usize, invocations: usize) -> Self {
        Self {
            staged: false,
            channels,
            invocations,
        }
    }

    const fn staged(channels: usize, invocations: usize) -> Self {
        Self {
            staged: true,
            ..Self::direct(channels, invocations)
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
        let file = match self.staged {
            true => CONV2D_WEIGHT_STAGED.shader(),
            false => CONV2D_WEIGHT.shader(),
        };
        file.with("KERNEL", kernel as u32)
            .with("CHANNELS", self.channels as u32)
            .with_part(include_str!("../../../shaders/parts/taps.wgsl"))
            .with_part(maps)
    }
}

/// Channels of the image that a workgroup of `conv2d_weight_staged.wgsl` computes, invocations for each, and the most vec4s of
/// positions of a tile: its `SIDE`.
pub const STAGED_SIDE: usize = 8;
/// vec4s of an image channel that it has room for: its `IMAGE_STEP`.
const STAGED_IMAGE: usize = 85;

/// What a workgroup of `conv2d_weight_staged.wgsl` loads of each channel at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// Samples.
    pub samples: usize,
    /// Rows of the feature map.
    pub rows: usize,
    /// vec4s of a row of it.
    pub row: usize,
}

impl Tile {
    /// The largest there is room for, of feature maps of `height` rows of `row` vec4s: first along rows, then further rows, and
    /// of what is small several samples.
    #[must_use]
    pub fn of(batch: usize, height: usize, row: usize) -> Self {
        let row = row.min(STAGED_SIDE);
        let one = |rows: usize| Self {
            samples: 1,
            rows,
            row,
        };
        let rows = (1..=height).rev().find(|rows| one(*rows).has_room());
        let whole = one(rows.unwrap_or(1));
        let together = |samples: usize| Self { samples, ..whole };
        let samples = (1..=batch).rev().map(together).find(|tile| tile.has_room());
        samples.filter(|_| whole.rows == height).unwrap_or(whole)
    }

    fn has_room(self) -> bool {
        let image = self.samples * (2 * self.rows + 3) * (2 * self.row + 1);
        self.samples * self.rows * self.row <= STAGED_SIDE && image <= STAGED_IMAGE
    }

    /// Tiles of so many such feature maps.
    #[must_use]
    pub fn count(self, batch: usize, height: usize, row: usize) -> usize {
        batch.div_ceil(self.samples) * height.div_ceil(self.rows) * row.div_ceil(self.row)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_fill_the_room_there_is() {
        let tile = |samples, rows, row| Tile { samples, rows, row };
        // Maps of 32x32, 16x16, 8x8, 4x4, 2x2 and 1x1, and one too wide for a tile.
        assert_eq!(Tile::of(8, 32, 8), tile(1, 1, 8));
        assert_eq!(Tile::of(8, 16, 4), tile(1, 2, 4));
        assert_eq!(Tile::of(8, 8, 2), tile(1, 4, 2));
        assert_eq!(Tile::of(8, 4, 1), tile(2, 4, 1));
        assert_eq!(Tile::of(8, 2, 1), tile(4, 2, 1));
        assert_eq!(Tile::of(8, 1, 1), tile(5, 1, 1));
        assert_eq!(Tile::of(2, 1, 1), tile(2, 1, 1));
        assert_eq!(Tile::of(8, 5, 20), tile(1, 1, 8));
        assert_eq!(tile(1, 1, 8).count(8, 5, 20), 8 * 5 * 3);
        assert_eq!(tile(4, 2, 1).count(9, 2, 1), 3);
        for height in 1..40 {
            for row in 1..12 {
                assert!(Tile::of(64, height, row).has_room(), "{height} {row}");
            }
        }
    }

    #[test]
    fn the_shader_has_the_room_that_tiles_are_made_for() {
        let text = CONV2D_WEIGHT_STAGED.shader().text();
        for (name, value) in [("SIDE", STAGED_SIDE), ("IMAGE_STEP", STAGED_IMAGE)] {
            let line = format!("const {name}: u32 = {value}u;");
            assert!(text.contains(&line), "{line}");
        }
    }
}
