//! The operations with a kernel of 5 by minimal filtering ([`crate::winograd`]): 49 products of 100.
//!
//! Blocks of tiles are read into lines of channels, and made into what the products read; weights likewise, for a group
//! of channels that are made. Every sum is added in one order, however the work is cut.

mod blocks;
mod filter;
mod gradient;

use std::marker::PhantomData;

use crate::geometry::Geometry;
use blocks::Planes;
use compute::winograd::TAPS;
use compute::winograd::product::panel_columns;
use compute::winograd::tiles::{Strided, Transposed};
use filter::Filter;

pub(super) use gradient::weight_gradient;

/// Tiles of a batch that are worth bringing the weights into another form for.
const TILES: usize = 24;
/// Channels below which products are too short.
const CHANNELS: usize = 16;

/// Whether the operations are faster this way, `made` channels being made.
pub(super) fn applies(g: &Geometry, made: usize) -> bool {
    let tiles = g.batch * g.map_height().div_ceil(2) * g.map_width().div_ceil(2);
    let filled = made.next_multiple_of(panel_columns());
    let channels = g.map_channels.min(g.image_channels);
    g.kernel == TAPS && tiles >= TILES && channels >= CHANNELS && filled * 2 <= made * 3
}

/// [`super::conv2d`]
pub(super) fn conv2d(g: &Geometry, image: &[f32], weight: &[f32], bias: &[f32]) -> Vec<f32> {
    let filter = Filter {
        tile: PhantomData::<Strided>,
        batch: g.batch,
        source: image_planes(g, image),
        made: [g.map_channels, g.map_height(), g.map_width()],
        weight,
        strides: [1, g.image_channels],
        bias: Some(bias),
    };
    filter.run()
}

/// [`super::conv_transpose2d`]
pub(super) fn conv_transpose2d(
    g: &Geometry,
    map: &[f32],
    weight: &[f32],
    bias: Option<&[f32]>,
) -> Vec<f32> {
    let filter = Filter {
        tile: PhantomData::<Transposed>,
        batch: g.batch,
        source: map_planes(g, map),
        made: [g.image_channels, g.height, g.width],
        weight,
        strides: [g.image_channels, 1],
        bias,
    };
    filter.run()
}

fn image_planes<'a>(g: &Geometry, values: &'a [f32]) -> Planes<'a> {
    Planes {
        values,
        channels: g.image_channels,
        height: g.height,
        width: g.width,
    }
}

fn map_planes<'a>(g: &Geometry, values: &'a [f32]) -> Planes<'a> {
    Planes {
        values,
        channels: g.map_channels,
        height: g.map_height(),
        width: g.map_width(),
    }
}
