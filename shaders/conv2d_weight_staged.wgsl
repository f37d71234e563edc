// The weight gradient as conv2d_weight.wgsl computes it, for GPUs whose caches are small: what a workgroup reads it shares.
//
// A workgroup computes all taps of 8 image channels and 8 * CHANNELS map channels, over some of the tiles that the feature
// maps are divided into. Of each tile it loads rows of image and feature map into workgroup memory, neighbours side by side,
// and each invocation takes one image channel and CHANNELS map channels from there. A tile is up to 8 vec4s of positions of a
// channel: rows of one sample, or several samples where they are small.

// Side of the kernel: 5 or 3.
override KERNEL: u32 = 5u;
// Channels of the feature map that an invocation computes: 2 with `parts/two_maps.wgsl`, 4 with `parts/four_maps.wgsl`.
override CHANNELS: u32 = 4u;
override WORKGROUP: u32 = 64u;

// Image channels of a workgroup, and invocations for each; and the most vec4s of positions of a tile.
const SIDE: u32 = 8u;
// From an image channel to the next in workgroup memory, and from a map channel: no two of eight neighbours begin in the same
// of eight banks of a vec4.
const IMAGE_STEP: u32 = 85u;
const MAP_STEP: u32 = 9u;

struct Sizes {
    batch: u32,
    image_channels: u32,
    map_channels: u32,
    // Rows of a channel of the feature map.
    height: u32,
    // vec4s of a row of the feature map, and of the padded image.
    map_row: u32,
    image_row: u32,
    // Rows of a channel of the padded image.
    image_height: u32,
    // Of a tile: samples, rows and vec4s of a row of the feature map.
    tile_samples: u32,
    tile_rows: u32,
    tile_row: u32,
    // Tiles over all samples, how many of them a split takes, and how many splits there are.
    tiles: u32,
    split_tiles: u32,
    splits: u32,
    // Of a dispatch that does a part of them, its first workgroup.
    first: u32,
}

// [batch, image_channels, image_height, 4 * image_row]: two rows and columns of zero padding before the image, and zeros
// after it up to whole blocks of four positions.
@group(0) @binding(0) var<storage, read> images: array<vec4<f32>>;
// [batch, map_channels, height, 4 * map_row], zeros after the last position.
@group(0) @binding(1) var<storage, read> feature_maps: array<vec4<f32>>;
// [splits, map_channels, image_channels, KERNEL, KERNEL]
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

// A tile: of each image channel its rows, and of each map channel.
var<workgroup> image: array<vec4<f32>, SIDE * IMAGE_STEP>;
var<workgroup> map: array<vec4<f32>, SIDE * CHANNELS * MAP_STEP>;

// A tile's first sample, row of the feature map, and vec4 of the row.
struct Corner {
    sample: u32,
    row: u32,
    column: u32,
}

fn corner(tile: u32) -> Corner {
    let across = (sizes.map_row + sizes.tile_row - 1u) / sizes.tile_row;
    let down = (sizes.height + sizes.tile_rows - 1u) / sizes.tile_rows;
    return Corner(
        tile / (across * down) * sizes.tile_samples,
        tile / across % down * sizes.tile_rows,
        tile % across * sizes.tile_row,
    );
}

// Loads the tile's rows of image channel `channel`, the workgroup's `at`-th, eight invocations side by side.
fn stage_image(tile: Corner, channel: u32, at: u32, lane: u32) {
    let row_length = 2u * sizes.tile_row + 1u;
    let rows = 2u * sizes.tile_rows + 3u;
    let count = sizes.tile_samples * rows * row_length;
    var sample = 0u;
    var row = lane / row_length;
    var column = lane % row_length;
    for (var i = lane; i < count; i += SIDE) {
        let from_sample = tile.sample + sample;
        let from_row = 2u * tile.row + row;
        let from_column = 2u * tile.column + column;
        var value = vec4<f32>();
        if (from_sample < sizes.batch && channel < sizes.image_channels
            && from_row < sizes.image_height && from_column < sizes.image_row) {
            let plane = from_sample * sizes.image_channels + channel;
            value = images[(plane * sizes.image_height + from_row) * sizes.image_row + from_column];
        }
        image[at * IMAGE_STEP + i] = value;
        // Eight further: a row has three vec4s at least, and a sample five rows.
        row += SIDE / row_length;
        column += SIDE % row_length;
        if (column >= row_length) {
            column -= row_length;
            row++;
        }
        if (row >= rows) {
            row -= rows;
            sample++;
        }
    }
}

// Loads the tile's rows of the map channels from `first` on, of every eighth the one `at`.
fn stage_map(tile: Corner, first: u32, at: u32, lane: u32) {
    let from_sample = tile.sample + lane / (sizes.tile_rows * sizes.tile_row);
    let from_row = tile.row + lane / sizes.tile_row % sizes.tile_rows;
    let from_column = tile.column + lane % sizes.tile_row;
    let inside = lane < sizes.tile_samples * sizes.tile_rows * sizes.tile_row
        && from_sample < sizes.batch && from_row < sizes.height && from_column < sizes.map_row;
    for (var i = at; i < SIDE * CHANNELS; i += SIDE) {
        var value = vec4<f32>();
        if (inside && first + i < sizes.map_channels) {
            let plane = from_sample * sizes.map_channels + first + i;
            value = feature_maps[(plane * sizes.height + from_row) * sizes.map_row + from_column];
        }
        map[i * MAP_STEP + lane] = value;
    }
}

@compute @workgroup_size(WORKGROUP)
fn conv2d_weight_staged(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let workgroup = sizes.first + group.x + group.y * groups.x;
    let image_blocks = (sizes.image_channels + SIDE - 1u) / SIDE;
    let map_blocks = (sizes.map_channels + SIDE * CHANNELS - 1u) / (SIDE * CHANNELS);
    let split = workgroup / (image_blocks * map_blocks);
    if (split >= sizes.splits) {
        return;
    }
    let first_image = workgroup % image_blocks * SIDE;
    let first_map = workgroup / image_blocks % map_blocks * SIDE * CHANNELS;

    // Of eight neighbours each loads another vec4 of a channel, and computes another image channel of the same map channels.
    let lane = local % SIDE;
    let share = local / SIDE;
    let row_length = 2u * sizes.tile_row + 1u;
    let planes = (share * CHANNELS + vec4(0u, 1u, 2u, 3u)) * MAP_STEP;

    var sums0 = Taps();
    var sums1 = Taps();
    var sums2 = Taps();
    var sums3 = Taps();
    var sums4 = Taps();
    let begin = split * sizes.split_tiles;
    let end = min(begin + sizes.split_tiles, sizes.tiles);
    for (var tile = begin; tile < end; tile++) {
        let at = corner(tile);
        workgroupBarrier();
        stage_image(at, first_image + share, share, lane);
        stage_map(at, first_map, share, lane);
        workgroupBarrier();
        for (var row = 0u; row < sizes.tile_samples * sizes.tile_rows; row++) {
            let sample = row / sizes.tile_rows;
            // A sample has three rows of the image more than twice those of the feature map.
            let at0 = lane * IMAGE_STEP + (2u * row + 3u * sample) * row_length;
            let at1 = at0 + row_length;
            let at2 = at1 + row_length;
            let at3 = at2 + row_length;
            let at4 = at3 + row_length;
            // The last vec4 of a row's three is the first of the next position's.
            var a0 = image[at0];
            var a1 = image[at1];
            var a2 = image[at2];
            var a3 = image[at3];
            var a4 = image[at4];
            for (var x = 0u; x < sizes.tile_row; x++) {
                let next = 2u * x + 2u;
                let m = maps(row * sizes.tile_row + x, planes);
                // A row at a time, so that no other's values take registers.
                let c1 = image[at1 + next];
                add(&sums1, columns(a1, image[at1 + next - 1u], c1), m);
                a1 = c1;
                let c2 = image[at2 + next];
                add(&sums2, columns(a2, image[at2 + next - 1u], c2), m);
                a2 = c2;
                let c3 = image[at3 + next];
                add(&sums3, columns(a3, image[at3 + next - 1u], c3), m);
                a3 = c3;
                if (KERNEL == 5u) {
                    let c0 = image[at0 + next];
                    add(&sums0, columns(a0, image[at0 + next - 1u], c0), m);
                    a0 = c0;
                    let c4 = image[at4 + next];
                    add(&sums4, columns(a4, image[at4 + next - 1u], c4), m);
                    a4 = c4;
                }
            }
        }
    }

    let channel = first_image + lane;
    let first = first_map + share * CHANNELS;
    if (channel >= sizes.image_channels || first >= sizes.map_channels) {
        return;
    }
    // As in conv2d.wgsl, a loop with a single store compiles faster.
    var sums = array<Taps, 5>(sums0, sums1, sums2, sums3, sums4);
    let step = sizes.image_channels * KERNEL * KERNEL;
    let base = (split * sizes.map_channels + first) * step + channel * KERNEL * KERNEL;
    let count = min(sizes.map_channels - first, LANES);
    for (var row = 0u; row < KERNEL; row++) {
        // A kernel of 3 has its rows in the middle.
        store_row(base + row * KERNEL, step, count, sums[row + 2u - KERNEL / 2u]);
    }
}
