// Transposed convolution, kernel 5x5, stride 2, padding 2, output padding 1: the image's side doubles. f32, forward.
//
// An output pixel (2i + r, 2j + s) takes only the kernel's rows ky = r, r + 2, .. and columns kx = s, s + 2, ..: the
// other products of the textbook form are with the zeros between the input's pixels. So the four parities (r, s) of the
// output are four small convolutions of the same input, with 9, 6, 6 and 4 taps. One invocation computes all four over
// a 4x4 block of input positions and one output channel, that is 8x8 output pixels: 400 multiply-adds per input
// channel for 25 weights and 12 vec4 loads of the input. Sums stay in registers; no workgroup memory, no barrier.

const WORKGROUP: u32 = 64u;
// Side of an invocation's block of input positions. The code below is written out for 4.
const BLOCK: u32 = 4u;
const TAPS: u32 = 25u;

struct Sizes {
    batch: u32,
    channels_in: u32,
    channels_out: u32,
    // Of the input without its border.
    height: u32,
    width: u32,
}

// [batch, channels_in, BLOCK * blocks_y + 2, BLOCK * (blocks_x + 1)]: one row and one column of zeros before the image,
// and zeros after it up to whole blocks. The caller pads, so that the inner loop asks no questions about borders.
@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
// [channels_in, channels_out, 5, 5], as PyTorch and Burn keep them.
@group(0) @binding(1) var<storage, read> weights: array<f32>;
// [channels_out]
@group(0) @binding(2) var<storage, read> bias: array<f32>;
// [batch, channels_out, 2 * height, 2 * width]
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> sizes: Sizes;

// One kernel row: the taps of even output columns (kx = 4, 2, 0) and of odd ones (kx = 3, 1), in the order in which the
// input's columns meet them, left to right.
struct KernelRow {
    even: vec3<f32>,
    odd: vec2<f32>,
}

fn kernel_row(at: u32) -> KernelRow {
    return KernelRow(
        vec3(weights[at + 4u], weights[at + 2u], weights[at]),
        vec2(weights[at + 3u], weights[at + 1u]),
    );
}

// Four neighbouring positions of an input row, seen from one column to the left, from their own, and from the right.
fn input_row(at: u32) -> mat3x4<f32> {
    let a = image[at];
    let b = image[at + 1u];
    return mat3x4<f32>(a, vec4(a.yzw, b.x), vec4(a.zw, b.xy));
}

fn even(row: mat3x4<f32>, kernel: KernelRow) -> vec4<f32> {
    return row * kernel.even;
}

fn odd(row: mat3x4<f32>, kernel: KernelRow) -> vec4<f32> {
    return row[1] * kernel.odd.x + row[2] * kernel.odd.y;
}

// What one input channel adds to the two output rows of one input row, given that row and its neighbours. The columns
// of the result are the parities: even row and column; even row, odd column; odd row, even column; both odd.
fn parities(
    above: mat3x4<f32>,
    here: mat3x4<f32>,
    below: mat3x4<f32>,
    k0: KernelRow,
    k1: KernelRow,
    k2: KernelRow,
    k3: KernelRow,
    k4: KernelRow,
) -> mat4x4<f32> {
    return mat4x4<f32>(
        even(above, k4) + even(here, k2) + even(below, k0),
        odd(above, k4) + odd(here, k2) + odd(below, k0),
        even(here, k3) + even(below, k1),
        odd(here, k3) + odd(below, k1),
    );
}

// Writes the two output rows of input row `y`, of a plane that starts at `plane`, from input column `x` on.
fn store(plane: u32, y: u32, x: u32, offset: f32, sums: mat4x4<f32>) {
    if (y >= sizes.height) {
        return;
    }
    let stride = 2u * sizes.width;
    let top = plane + 2u * y * stride + 2u * x;
    let columns = min(BLOCK, sizes.width - x);
    for (var i = 0u; i < columns; i++) {
        let at = top + 2u * i;
        result[at] = sums[0][i] + offset;
        result[at + 1u] = sums[1][i] + offset;
        result[at + stride] = sums[2][i] + offset;
        result[at + stride + 1u] = sums[3][i] + offset;
    }
}

@compute @workgroup_size(WORKGROUP)
fn conv_transpose2d(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; what is more goes on along y.
    let invocation = (group.x + group.y * groups.x) * WORKGROUP + local;
    let blocks_x = (sizes.width + BLOCK - 1u) / BLOCK;
    let blocks_y = (sizes.height + BLOCK - 1u) / BLOCK;
    let blocks = sizes.batch * blocks_y * blocks_x;
    if (invocation >= blocks * sizes.channels_out) {
        return;
    }
    // Neighbours share the weights and read neighbouring blocks.
    let block = invocation % blocks;
    let channel = invocation / blocks;
    let x = block % blocks_x;
    let y = (block / blocks_x) % blocks_y;
    let sample = block / (blocks_x * blocks_y);

    // In vec4s.
    let stride = blocks_x + 1u;
    let image_plane = (BLOCK * blocks_y + 2u) * stride;
    var at = sample * sizes.channels_in * image_plane + BLOCK * y * stride + x;
    var tap = channel * TAPS;

    var sums0 = mat4x4<f32>();
    var sums1 = mat4x4<f32>();
    var sums2 = mat4x4<f32>();
    var sums3 = mat4x4<f32>();
    for (var i = 0u; i < sizes.channels_in; i++) {
        let k0 = kernel_row(tap);
        let k1 = kernel_row(tap + 5u);
        let k2 = kernel_row(tap + 10u);
        let k3 = kernel_row(tap + 15u);
        let k4 = kernel_row(tap + 20u);
        let row0 = input_row(at);
        let row1 = input_row(at + stride);
        let row2 = input_row(at + 2u * stride);
        let row3 = input_row(at + 3u * stride);
        let row4 = input_row(at + 4u * stride);
        let row5 = input_row(at + 5u * stride);
        sums0 += parities(row0, row1, row2, k0, k1, k2, k3, k4);
        sums1 += parities(row1, row2, row3, k0, k1, k2, k3, k4);
        sums2 += parities(row2, row3, row4, k0, k1, k2, k3, k4);
        sums3 += parities(row3, row4, row5, k0, k1, k2, k3, k4);
        at += image_plane;
        tap += sizes.channels_out * TAPS;
    }

    let plane = (sample * sizes.channels_out + channel) * 4u * sizes.height * sizes.width;
    let offset = bias[channel];
    let first = BLOCK * y;
    store(plane, first, BLOCK * x, offset, sums0);
    store(plane, first + 1u, BLOCK * x, offset, sums1);
    store(plane, first + 2u, BLOCK * x, offset, sums2);
    store(plane, first + 3u, BLOCK * x, offset, sums3);
}
