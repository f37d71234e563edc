// A mean moved towards newer values: `keep` of it and `weight` of those. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    count: u32,
    // One minus `weight`.
    keep: f32,
    weight: f32,
}

// [count] each.
@group(0) @binding(0) var<storage, read> before: array<f32>;
@group(0) @binding(1) var<storage, read> newer: array<f32>;
@group(0) @binding(2) var<storage, read_write> after: array<f32>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn mean(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    if (index < sizes.count) {
        after[index] = before[index] * sizes.keep + newer[index] * sizes.weight;
    }
}
