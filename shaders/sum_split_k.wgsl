// Split-K reduction: adds up the partial sums of a product whose inner dimension was split. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    // Values of a partial sum.
    count: u32,
    splits: u32,
}

// [splits, count]
@group(0) @binding(0) var<storage, read> partial: array<f32>;
// [count]
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn sum_split_k(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    if (index >= sizes.count) {
        return;
    }
    var sum = 0.0;
    for (var split = 0u; split < sizes.splits; split++) {
        sum += partial[split * sizes.count + index];
    }
    result[index] = sum;
}
