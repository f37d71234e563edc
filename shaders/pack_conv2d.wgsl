// Weights in the order in which conv2d.wgsl reads them. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    outputs: u32,
    inputs: u32,
    // Side of the kernel: 5 or 3.
    kernel: u32,
    // Output channels of an invocation of conv2d.wgsl.
    channels: u32,
}

// [outputs, inputs, kernel, kernel]
@group(0) @binding(0) var<storage, read> weight: array<f32>;
// [channel blocks, inputs, kernel, ..]: of a kernel row four taps of every channel of the block, then the fifth of
// every channel. Zeros beyond the last output, and for the fourth tap of a kernel of 3.
@group(0) @binding(1) var<storage, read_write> packed: array<f32>;
@group(0) @binding(2) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn pack_conv2d(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    let quads = 4u * sizes.channels;
    let row_length = select(quads, quads + sizes.channels, sizes.kernel == 5u);
    let offset = index % row_length;
    let row = index / row_length % sizes.kernel;
    let input = index / (row_length * sizes.kernel) % sizes.inputs;
    let channel_block = index / (row_length * sizes.kernel * sizes.inputs);
    if (channel_block * sizes.channels >= sizes.outputs) {
        return;
    }
    let first = offset < quads;
    let tap = select(4u, offset % 4u, first);
    let output = channel_block * sizes.channels + select(offset - quads, offset / 4u, first);
    var value = 0.0;
    if (output < sizes.outputs && tap < sizes.kernel) {
        value = weight[((output * sizes.inputs + input) * sizes.kernel + row) * sizes.kernel + tap];
    }
    packed[index] = value;
}
