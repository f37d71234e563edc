// Zero padding around every plane, so that kernels which read neighbours need no bounds checks. Of an output's gradient it
// makes that of the sums under the activation on the way. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    planes: u32,
    // Of a plane without its padding.
    height: u32,
    width: u32,
    // Of a plane with it; the width is a multiple of 4.
    padded_height: u32,
    padded_width: u32,
    // Rows and columns of zeros before the plane.
    top: u32,
    left: u32,
    // The activation whose gradient is taken, by `activated`'s numbers; with 0 values stay as they are.
    activation: u32,
    // Of the leaky ReLU, below zero.
    slope: f32,
}

// [planes, height, width]
@group(0) @binding(0) var<storage, read> input: array<f32>;
// [planes, height, width]: what the activation made, where there is one.
@group(0) @binding(1) var<storage, read> output: array<f32>;
// [planes, padded_height, padded_width]
@group(0) @binding(2) var<storage, read_write> padded: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

// The value at column `x` of a row that begins at `row`. A column before the plane has wrapped round to a large number.
fn value(row: u32, x: u32) -> f32 {
    if (x >= sizes.width) {
        return 0.0;
    }
    let value = input[row + x];
    if (sizes.activation == 0u) {
        return value;
    }
    let made = output[row + x];
    // A slope above zero leaves the sign in the output.
    let leaky = select(1.0, sizes.slope, made < 0.0);
    return value * select(1.0 - made * made, leaky, sizes.activation == 1u);
}

@compute @workgroup_size(WORKGROUP)
fn pad(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    let row_length = sizes.padded_width / 4u;
    let plane = index / (sizes.padded_height * row_length);
    if (plane >= sizes.planes) {
        return;
    }
    let x = index % row_length * 4u - sizes.left;
    let y = index / row_length % sizes.padded_height - sizes.top;
    var values = vec4(0.0);
    if (y < sizes.height) {
        let row = (plane * sizes.height + y) * sizes.width;
        values = vec4(value(row, x), value(row, x + 1u), value(row, x + 2u), value(row, x + 3u));
    }
    padded[index] = values;
}
