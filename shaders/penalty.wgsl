// The mean of a penalty of values: of every value its slope, and of every workgroup's values the sum, both times `scale`.
// f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    count: u32,
    // 0 for the pseudo-Huber penalty g (sqrt(1 + (x / g)^2) - 1), 1 for the cross-entropy of logits, softplus(x) - label x.
    kind: u32,
    // g, above zero, or the label.
    parameter: f32,
    // One over the count.
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

// The penalty of a value, and its slope.
fn pseudo_huber(x: f32, gamma: f32) -> vec2<f32> {
    let ratio = x / gamma;
    let square = ratio * ratio;
    let root = sqrt(square + 1.0);
    // root - 1, of small squares too.
    return vec2(gamma * square / (root + 1.0), ratio / root);
}

fn cross_entropy(x: f32, label: f32) -> vec2<f32> {
    // At most 1, so that it cannot overflow.
    let small = exp(-abs(x));
    let sigmoid = select(1.0, small, x < 0.0) / (1.0 + small);
    return vec2(max(x, 0.0) + log(1.0 + small) - label * x, sigmoid - label);
}

@compute @workgroup_size(WORKGROUP)
fn penalty(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    var sum = 0.0;
    // All workgroups lie along x.
    for (var i = group.x * WORKGROUP + local; i < sizes.count; i += groups.x * WORKGROUP) {
        var found: vec2<f32>;
        if (sizes.kind == 0u) {
            found = pseudo_huber(values[i], sizes.parameter);
        } else {
            found = cross_entropy(values[i], sizes.parameter);
        }
        slopes[i] = sizes.scale * found.y;
        sum += found.x;
    }
    partial[local] = sum;
    workgroupBarrier();
    if (local == 0u) {
        for (var i = 1u; i < WORKGROUP; i++) {
            sum += partial[i];
        }
        sums[group.x] = sizes.scale * sum;
    }
}
