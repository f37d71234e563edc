// Weights in the order in which conv_transpose2d.wgsl reads them. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    inputs: u32,
    outputs: u32,
    // Outputs rounded up to what invocations of conv_transpose2d.wgsl compute.
    kernels: u32,
    // Side of a kernel: 5 or 3.
    kernel: u32,
}

// [inputs, outputs, kernel, kernel]
@group(0) @binding(0) var<storage, read> weight: array<f32>;
// [inputs, kernels, whole vec4s of taps]: zeros beyond the last tap and the last output.
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn pack_conv_transpose2d(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    let taps = sizes.kernel * sizes.kernel;
    let room = (taps + 3u) / 4u * 4u;
    let tap = index % room;
    let output = index / room % sizes.kernels;
    let input = index / (room * sizes.kernels);
    if (input >= sizes.inputs) {
        return;
    }
    var value = 0.0;
    if (tap < taps && output < sizes.outputs) {
        value = weight[(input * sizes.outputs + output) * taps + tap];
    }
    packed[index] = value;
}
