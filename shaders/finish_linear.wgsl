// The end of a fully connected layer: adds up the partial sums of its product (split-K), adds the bias, applies leaky ReLU,
// and multiplies by a mask. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    // Values of a partial sum, and how many partial sums there are.
    count: u32,
    splits: u32,
    // Values of a sample.
    columns: u32,
    // Slope of the leaky ReLU below zero; 1 for none.
    slope: f32,
    // 1 where there is a mask, or 0.
    masked: u32,
}

// [splits, count]
@group(0) @binding(0) var<storage, read> partial: array<f32>;
// [columns]
@group(0) @binding(1) var<storage, read> bias: array<f32>;
// [count]; where there is none, anything.
@group(0) @binding(2) var<storage, read> mask: array<f32>;
// [count]
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn finish_linear(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    if (index >= sizes.count) {
        return;
    }
    var sum = bias[index % sizes.columns];
    for (var split = 0u; split < sizes.splits; split++) {
        sum += partial[split * sizes.count + index];
    }
    var value = select(sum, sum * sizes.slope, sum < 0.0);
    if (sizes.masked == 1u) {
        value *= mask[index];
    }
    result[index] = value;
}
