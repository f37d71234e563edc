// Leaky ReLU, or its gradient: the second buffer's values, times `slope` where the first's are below zero, and times a mask
// where there is one. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    count: u32,
    // Above zero, so that an output has its input's sign.
    slope: f32,
    // 1 where there is a mask, or 0.
    masked: u32,
}

// [count]: what the sign is taken of. Forward the input, backward the output.
@group(0) @binding(0) var<storage, read> sign: array<f32>;
// [count]: what is scaled. Forward the input, backward the gradient of the output.
@group(0) @binding(1) var<storage, read> values: array<f32>;
// [count]; where there is none, anything.
@group(0) @binding(2) var<storage, read> mask: array<f32>;
// [count]
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn leaky(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    if (index >= sizes.count) {
        return;
    }
    var value = values[index];
    if (sizes.masked == 1u) {
        value *= mask[index];
    }
    result[index] = select(value, value * sizes.slope, sign[index] < 0.0);
}
