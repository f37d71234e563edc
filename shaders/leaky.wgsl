// Leaky ReLU, or its gradient: the second buffer's values, times `slope` where the first's are below zero. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    count: u32,
    // Above zero, so that an output has its input's sign.
    slope: f32,
}

// [count]: what the sign is taken of. Forward the input, backward the output.
@group(0) @binding(0) var<storage, read> sign: array<f32>;
// [count]: what is scaled. Forward the input, backward the gradient of the output.
@group(0) @binding(1) var<storage, read> values: array<f32>;
// [count]
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

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
    let value = values[index];
    result[index] = select(value, value * sizes.slope, sign[index] < 0.0);
}
