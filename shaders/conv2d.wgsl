// Strided convolution: kernel 5x5 or 3x3, stride 2, padding of half the kernel. The side becomes half of it. Forward.
//
// One invocation computes a block of 4x4 output positions of 4 or 8 channels, or of 4x2 positions of 4: for each input channel and kernel row, 3
// vec4 loads of the image for each of the block's rows, and as many of weights as the row has taps (twice as many for 8
// channels), for 320 or 640 multiply-adds. Sums stay in registers. Where there are too few blocks for a GPU, SLICES
// invocations share one (sliced-K): each takes every SLICES-th input channel, and a file of `parts/` adds up their
// sums.

// Side of the kernel: 5 or 3.
override KERNEL: u32 = 5u;
// Output channels of an invocation: 4 or 8.
override CHANNELS: u32 = 8u;
// Rows of an invocation's block: 4, or 2 with 4 channels, for GPUs with few registers.
override ROWS: u32 = 4u;
// Invocations that share a block; divides WORKGROUP.
override SLICES: u32 = 1u;
override WORKGROUP: u32 = 64u;
// vec4s of an invocation's sums: the rows of every channel.
override ITEMS: u32 = CHANNELS * ROWS;

// Data type of weights, and of sums over one kernel row; longer sums are f32. f16 where a device has it.
alias Scalar = f32;

// Columns of an invocation's block, and what sides are padded to. The code below is written out for 4.
const BLOCK: u32 = 4u;

struct Sizes {
    channels_in: u32,
    channels_out: u32,
    // Of the result.
    height: u32,
    width: u32,
    // Where the result's first value lies, and how far apart samples, channels and rows are.
    first: u32,
    sample: u32,
    plane: u32,
    row: u32,
    // The activation after sum and bias, by `activated`'s numbers.
    activation: u32,
    // 1 where there is a bias to add, or 0.
    biased: u32,
    // Samples, and how many of them neighbouring invocations compute.
    batch: u32,
    together: u32,
}

// [batch, channels_in, 2 * BLOCK * blocks_y + 3, 2 * BLOCK * blocks_x + 4]: two rows and columns of zero padding before
// the image, and zeros after it up to whole blocks, so that the inner loop needs no bounds checks.
@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
// [channels_out / CHANNELS, channels_in, KERNEL] kernel rows of CHANNELS output channels, zeros beyond the last: the
// first four taps (a kernel of 3: its three and a zero) of every channel, then the fifth of every channel.
@group(0) @binding(1) var<storage, read> weights: array<vec4<Scalar>>;
// [channels_out]; where there is none to add, anything.
@group(0) @binding(2) var<storage, read> bias: array<f32>;
// As `sizes` says.
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> sizes: Sizes;

// Of each row of the block, low channels first, one column for each channel.
alias Sums = array<mat4x4<f32>, 8>;

// An image row's values at four neighbouring output columns, for each tap of a kernel row: one column of `most` for
// each of the first four, and the fifth. A kernel of 3 has the taps in the middle.
struct Columns {
    most: mat4x4<Scalar>,
    last: vec4<Scalar>,
}

// A kernel row's weights for four output channels: taps in `most`, channels in `last`.
struct Taps {
    most: mat4x4<Scalar>,
    last: vec4<Scalar>,
}

fn columns(at: u32) -> Columns {
    let a = vec4<Scalar>(image[at]);
    let b = vec4<Scalar>(image[at + 1u]);
    let c = vec4<Scalar>(image[at + 2u]);
    let most = mat4x4<Scalar>(
        vec4(a.xz, b.xz),
        vec4(a.yw, b.yw),
        vec4(a.z, b.xz, c.x),
        vec4(a.w, b.yw, c.y),
    );
    return Columns(most, vec4(b.xz, c.xz));
}

// Of the channels from 4 `quad` on.
fn taps(at: u32, quad: u32) -> Taps {
    let w = at + 4u * quad;
    let most = mat4x4<Scalar>(weights[w], weights[w + 1u], weights[w + 2u], weights[w + 3u]);
    if (KERNEL == 3u) {
        return Taps(most, vec4<Scalar>());
    }
    return Taps(most, weights[at + CHANNELS + quad]);
}

// One column for each channel.
fn products(c: Columns, w: Taps) -> mat4x4<f32> {
    if (KERNEL == 3u) {
        let inner = mat3x4<Scalar>(c.most[1], c.most[2], c.most[3]);
        return mat4x4<f32>(
            vec4<f32>(inner * w.most[0].xyz),
            vec4<f32>(inner * w.most[1].xyz),
            vec4<f32>(inner * w.most[2].xyz),
            vec4<f32>(inner * w.most[3].xyz),
        );
    }
    return mat4x4<f32>(
        vec4<f32>(c.most * w.most[0] + c.last * w.last.x),
        vec4<f32>(c.most * w.most[1] + c.last * w.last.y),
        vec4<f32>(c.most * w.most[2] + c.last * w.last.z),
        vec4<f32>(c.most * w.most[3] + c.last * w.last.w),
    );
}

fn store(sample: u32, channel: u32, y: u32, x: u32, sums: vec4<f32>) {
    if (channel >= sizes.channels_out || y >= sizes.height) {
        return;
    }
    let at = sizes.first + sample * sizes.sample + channel * sizes.plane + y * sizes.row + x;
    var offset = 0.0;
    if (sizes.biased == 1u) {
        offset = bias[channel];
    }
    let values = activated(sums + offset, sizes.activation);
    let count = min(BLOCK, sizes.width - x);
    for (var i = 0u; i < count; i++) {
        result[at + i] = values[i];
    }
}

// A dispatch has at most 65,535 workgroups along x; the rest continue along y. Samples are along z, `together` at a time.
@compute @workgroup_size(WORKGROUP)
fn conv2d(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    invocation: Invocation,
) {
    let share = share_of(invocation);
    // Neighbours share the weights: those of several samples where these are small, and those of neighbouring blocks.
    let number = (group.x + group.y * groups.x) * (WORKGROUP / SLICES) + share.tile;
    let sample = group.z * sizes.together + number % sizes.together;
    let tile = number / sizes.together;
    let blocks_x = (sizes.width + BLOCK - 1u) / BLOCK;
    let blocks_y = (sizes.height + ROWS - 1u) / ROWS;
    let padded_y = (sizes.height + BLOCK - 1u) / BLOCK;
    let blocks = blocks_x * blocks_y;
    let channel_blocks = (sizes.channels_out + CHANNELS - 1u) / CHANNELS;
    let inside = tile < blocks * channel_blocks && sample < sizes.batch;
    let block = tile % blocks;
    let channel_block = tile / blocks;
    let x = block % blocks_x;
    let y = block / blocks_x;

    // In vec4s.
    let stride = 2u * blocks_x + 1u;
    let image_plane = (2u * BLOCK * padded_y + 3u) * stride;
    let kernel_row = select(CHANNELS, CHANNELS * 5u / 4u, KERNEL == 5u);
    // A kernel of 3 begins one row further in: the image is padded for 5.
    let top = (sample * sizes.channels_in * image_plane) + (2u * ROWS * y + 2u - KERNEL / 2u) * stride + 2u * x;
    let tap = channel_block * sizes.channels_in * KERNEL * kernel_row;

    var low0 = mat4x4<f32>();
    var low1 = mat4x4<f32>();
    var low2 = mat4x4<f32>();
    var low3 = mat4x4<f32>();
    var high0 = mat4x4<f32>();
    var high1 = mat4x4<f32>();
    var high2 = mat4x4<f32>();
    var high3 = mat4x4<f32>();
    let end = select(0u, sizes.channels_in, inside);
    for (var i = share.slice; i < end; i += SLICES) {
        var at = top + i * image_plane;
        var w = tap + i * KERNEL * kernel_row;
        for (var ky = 0u; ky < KERNEL; ky++) {
            let row0 = columns(at);
            let row1 = columns(at + 2u * stride);
            let low = taps(w, 0u);
            low0 += products(row0, low);
            low1 += products(row1, low);
            if (ROWS == 4u) {
                let row2 = columns(at + 4u * stride);
                let row3 = columns(at + 6u * stride);
                low2 += products(row2, low);
                low3 += products(row3, low);
                if (CHANNELS == 8u) {
                    let high = taps(w, 1u);
                    high0 += products(row0, high);
                    high1 += products(row1, high);
                    high2 += products(row2, high);
                    high3 += products(row3, high);
                }
            }
            at += stride;
            w += kernel_row;
        }
    }

    var sums = Sums(low0, low1, low2, low3, high0, high1, high2, high3);
    add_up(invocation, &sums);
    if (!inside) {
        return;
    }
    let channel = channel_block * CHANNELS;
    let first = ROWS * y;
    // A loop with a single store keeps the shader small: written out, it takes browsers' emulated adapters six times as
    // long to compile.
    for (var item = share.slice; item < ITEMS; item += SLICES) {
        let row = item % 16u / 4u;
        store(sample, channel + item / 16u * 4u + item % 4u, first + row, BLOCK * x, sums[item / 4u][item % 4u]);
    }
}
