// Transposed convolution, kernel 5x5 or 3x3, stride 2, padding of half the kernel, output padding 1. The side doubles. Forward.
//
// An output pixel (2i + r, 2j + s) takes only the kernel's rows ky = r, r + 2, .. and columns kx = s, s + 2, ..: the
// other products of the textbook form are with the zeros between the input's pixels. So the four parities (r, s) of the
// output are four small convolutions of the same input, with 9, 6, 6 and 4 taps (a kernel of 3: 1, 2, 2 and 4). One invocation
// computes all four over a 4x4 block of input positions (or 4x2) and one or two output channels, that is 8x8 output pixels of
// each: 400 multiply-adds per channel in and out for 7 vec4 loads of weights, and 12 of the input for each channel in. Sums stay
// in registers.
// Where there are too few blocks for a GPU, SLICES invocations share one (sliced-K): each takes every SLICES-th input
// channel, and a file of `parts/` adds up their sums.

// Side of the kernel: 5 or 3.
override KERNEL: u32 = 5u;
// vec4s of an input channel's weights for one output channel, zeros after the last: 7, or of a kernel of 3 they are 3.
override TAPS: u32 = 7u;
// Output channels of an invocation: 1 or 2.
override CHANNELS: u32 = 1u;
// Rows of an invocation's block: 4, or 2 with one channel, for GPUs with few registers.
override ROWS: u32 = 4u;
// Invocations that share a block; divides WORKGROUP.
override SLICES: u32 = 1u;
override WORKGROUP: u32 = 64u;
// vec4s of an invocation's sums: two for each of the block's output rows, twice its own, of every channel.
override ITEMS: u32 = CHANNELS * 4u * ROWS;

// Data type of weights, and of sums over one input channel; longer sums are f32. f16 where a device has it.
alias Scalar = f32;

// Columns of an invocation's block of input positions, and what sides are padded to. The code below is written out for 4.
const BLOCK: u32 = 4u;

struct Sizes {
    channels_in: u32,
    channels_out: u32,
    // Of the input without its padding.
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

// [batch, channels_in, BLOCK * blocks_y + 2, BLOCK * (blocks_x + 1)]: one row and one column of zero padding before the
// image, and zeros after it up to whole blocks, so that the inner loop needs no bounds checks.
@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
// [channels_in, channels_out rounded up to CHANNELS, 4 * TAPS]: kernel rows one after the other, then zeros.
@group(0) @binding(1) var<storage, read> weights: array<vec4<Scalar>>;
// [channels_out]; where there is none to add, anything.
@group(0) @binding(2) var<storage, read> bias: array<f32>;
// As `sizes` says.
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> sizes: Sizes;

// For each output row of a channel, one channel after the other, a column of its even and one of its odd positions.
alias Sums = array<mat4x4<f32>, 8>;

// One row of a kernel of 5, in the middle of which one of 3 lies: the taps of even output columns (kx = 4, 2, 0) and of odd ones (kx = 3, 1), in the order in which the
// input's columns meet them, left to right.
struct KernelRow {
    even: vec3<Scalar>,
    odd: vec2<Scalar>,
}

struct Kernel {
    row0: KernelRow,
    row1: KernelRow,
    row2: KernelRow,
    row3: KernelRow,
    row4: KernelRow,
}

fn kernel(at: u32) -> Kernel {
    let a = weights[at];
    let b = weights[at + 1u];
    let c = weights[at + 2u];
    if (KERNEL == 3u) {
        let none = KernelRow();
        let o = Scalar();
        return Kernel(
            none,
            KernelRow(vec3(o, a.y, o), a.zx),
            KernelRow(vec3(o, b.x, o), vec2(b.y, a.w)),
            KernelRow(vec3(o, b.w, o), vec2(c.x, b.z)),
            none,
        );
    }
    let d = weights[at + 3u];
    let e = weights[at + 4u];
    let f = weights[at + 5u];
    let g = weights[at + 6u];
    return Kernel(
        KernelRow(vec3(b.x, a.z, a.x), a.wy),
        KernelRow(vec3(c.y, b.w, b.y), vec2(c.x, b.z)),
        KernelRow(vec3(d.z, d.x, c.z), vec2(d.y, c.w)),
        KernelRow(vec3(e.w, e.y, d.w), e.zx),
        KernelRow(vec3(g.x, f.z, f.x), f.wy),
    );
}

// Four neighbouring positions of an input row, seen from one column to the left, from their own, and from the right.
fn input_row(at: u32) -> mat3x4<Scalar> {
    let a = vec4<Scalar>(image[at]);
    let b = vec4<Scalar>(image[at + 1u]);
    return mat3x4<Scalar>(a, vec4(a.yzw, b.x), vec4(a.zw, b.xy));
}

fn even(row: mat3x4<Scalar>, kernel: KernelRow) -> vec4<Scalar> {
    if (KERNEL == 3u) {
        return row[1] * kernel.even.y;
    }
    return row * kernel.even;
}

fn odd(row: mat3x4<Scalar>, kernel: KernelRow) -> vec4<Scalar> {
    return row[1] * kernel.odd.x + row[2] * kernel.odd.y;
}

// What one input channel adds to the two output rows of one input row, given that row and its neighbours. The columns
// of the result are the parities: even row and column; even row, odd column; odd row, even column; both odd.
fn parities(above: mat3x4<Scalar>, here: mat3x4<Scalar>, below: mat3x4<Scalar>, k: Kernel) -> mat4x4<f32> {
    if (KERNEL == 3u) {
        return mat4x4<f32>(
            vec4<f32>(even(here, k.row2)),
            vec4<f32>(odd(here, k.row2)),
            vec4<f32>(even(here, k.row3) + even(below, k.row1)),
            vec4<f32>(odd(here, k.row3) + odd(below, k.row1)),
        );
    }
    return mat4x4<f32>(
        vec4<f32>(even(above, k.row4) + even(here, k.row2) + even(below, k.row0)),
        vec4<f32>(odd(above, k.row4) + odd(here, k.row2) + odd(below, k.row0)),
        vec4<f32>(even(here, k.row3) + even(below, k.row1)),
        vec4<f32>(odd(here, k.row3) + odd(below, k.row1)),
    );
}

// Writes every other position of output row `row` of a channel: `odd` or even ones, those of input columns from `x` on.
fn store(sample: u32, channel: u32, row: u32, x: u32, odd: u32, sums: vec4<f32>) {
    if (channel >= sizes.channels_out || row >= 2u * sizes.height) {
        return;
    }
    let at = sizes.first + sample * sizes.sample + channel * sizes.plane + row * sizes.row + 2u * x + odd;
    var offset = 0.0;
    if (sizes.biased == 1u) {
        offset = bias[channel];
    }
    let values = activated(sums + offset, sizes.activation);
    let count = min(BLOCK, sizes.width - x);
    for (var i = 0u; i < count; i++) {
        result[at + 2u * i] = values[i];
    }
}

// A dispatch has at most 65,535 workgroups along x; the rest continue along y. Samples are along z, `together` at a time.
@compute @workgroup_size(WORKGROUP)
fn conv_transpose2d(
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
    let stride = blocks_x + 1u;
    let image_plane = (BLOCK * padded_y + 2u) * stride;
    let kernels = channel_blocks * CHANNELS * TAPS;
    let top = sample * sizes.channels_in * image_plane + ROWS * y * stride + x;
    let tap = channel_block * CHANNELS * TAPS;

    var near0 = mat4x4<f32>();
    var near1 = mat4x4<f32>();
    var near2 = mat4x4<f32>();
    var near3 = mat4x4<f32>();
    var next0 = mat4x4<f32>();
    var next1 = mat4x4<f32>();
    var next2 = mat4x4<f32>();
    var next3 = mat4x4<f32>();
    let end = select(0u, sizes.channels_in, inside);
    for (var i = share.slice; i < end; i += SLICES) {
        let at = top + i * image_plane;
        let w = tap + i * kernels;
        let row0 = input_row(at);
        let row1 = input_row(at + stride);
        let row2 = input_row(at + 2u * stride);
        let row3 = input_row(at + 3u * stride);
        let k = kernel(w);
        near0 += parities(row0, row1, row2, k);
        near1 += parities(row1, row2, row3, k);
        if (ROWS == 4u) {
            let row4 = input_row(at + 4u * stride);
            let row5 = input_row(at + 5u * stride);
            near2 += parities(row2, row3, row4, k);
            near3 += parities(row3, row4, row5, k);
            if (CHANNELS == 2u) {
                let k = kernel(w + TAPS);
                next0 += parities(row0, row1, row2, k);
                next1 += parities(row1, row2, row3, k);
                next2 += parities(row2, row3, row4, k);
                next3 += parities(row3, row4, row5, k);
            }
        }
    }

    var sums = Sums(near0, near1, near2, near3, next0, next1, next2, next3);
    add_up(invocation, &sums);
    if (!inside) {
        return;
    }
    let channel = channel_block * CHANNELS;
    let first = 2u * ROWS * y;
    // As in conv2d.wgsl, a loop with a single store compiles faster.
    for (var item = share.slice; item < ITEMS; item += SLICES) {
        let row = item / 2u;
        store(sample, channel + row / 8u, first + row % 8u, BLOCK * x, item % 2u, sums[item / 4u][item % 4u]);
    }
}
