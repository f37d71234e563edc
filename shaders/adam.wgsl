// One step of Adam: the moments after it, and the parameter moved or the change to subtract from it. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    count: u32,
    // Decays of the moments, and one minus each.
    beta1: f32,
    keep1: f32,
    beta2: f32,
    keep2: f32,
    // The learning rate over the bias correction of the first moment, 1 - beta1^t.
    rate: f32,
    // One over the bias correction of the second moment, 1 - beta2^t.
    inverse_correction2: f32,
    // Added to the denominator.
    epsilon: f32,
    // 1 where the parameter is moved, 0 where its change is wanted.
    moved: u32,
}

// [count] each.
@group(0) @binding(0) var<storage, read> gradient: array<f32>;
@group(0) @binding(1) var<storage, read> first: array<f32>;
@group(0) @binding(2) var<storage, read> second: array<f32>;
// The parameter; where its change is wanted, anything.
@group(0) @binding(3) var<storage, read> value: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;
@group(0) @binding(5) var<storage, read_write> first_after: array<f32>;
@group(0) @binding(6) var<storage, read_write> second_after: array<f32>;
@group(0) @binding(7) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn adam(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    if (index >= sizes.count) {
        return;
    }
    let g = gradient[index];
    let mean = first[index] * sizes.beta1 + g * sizes.keep1;
    let square = second[index] * sizes.beta2 + g * g * sizes.keep2;
    first_after[index] = mean;
    second_after[index] = square;
    let change = mean * sizes.rate / (sqrt(square * sizes.inverse_correction2) + sizes.epsilon);
    result[index] = select(change, value[index] - change, sizes.moved == 1u);
}
