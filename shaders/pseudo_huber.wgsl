// The pseudo-Huber penalty g (sqrt(1 + (x / g)^2) - 1): of every value its slope, and of every workgroup's values the sum,
// both times `scale`. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    count: u32,
    // g, above zero.
    gamma: f32,
    // One over the count, for a mean.
    scale: f32,
}

// [count]
@group(0) @binding(0) var<storage, read> values: array<f32>;
// [count]
@group(0) @binding(1) var<storage, read_write> slopes: array<f32>;
// [workgroups]
@group(0) @binding(2) var<storage, read_write> sums: array<f32>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn pseudo_huber(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    var sum = 0.0;
    // All workgroups lie along x.
    for (var i = group.x * WORKGROUP + local; i < sizes.count; i += groups.x * WORKGROUP) {
        let ratio = values[i] / sizes.gamma;
        let square = ratio * ratio;
        let root = sqrt(square + 1.0);
        slopes[i] = sizes.scale * ratio / root;
        // root - 1, of small squares too.
        sum += square / (root + 1.0);
    }
    partial[local] = sum;
    workgroupBarrier();
    if (local == 0u) {
        for (var i = 1u; i < WORKGROUP; i++) {
            sum += partial[i];
        }
        sums[group.x] = sizes.scale * sizes.gamma * sum;
    }
}
