// The gradients of norm_leaky.wgsl for its input, gamma and beta. f32.
//
// With n the normalized input and g the gradient that has passed the leaky ReLU, gamma's is the sum of g n, beta's the
// sum of g, and the input's is factor (g - mean of g - n times mean of g n), with the means of the batch that a value is in.
// A workgroup takes a channel, and reads each batch of it twice; `lanes` is as in norm_leaky.wgsl.

override WORKGROUP: u32 = 64u;

struct Sizes {
    // Samples of a batch, and batches.
    batch: u32,
    batches: u32,
    channels: u32,
    // Positions of a channel in one sample.
    area: u32,
    // Invocations along the positions of a plane; divides WORKGROUP.
    lanes: u32,
    // Slope of the leaky ReLU below zero.
    slope: f32,
}

// What the forward pass kept of a channel.
struct Scale {
    mean: f32,
    // One over the standard deviation.
    inverse: f32,
    factor: f32,
    offset: f32,
}

// [batches * batch, channels, area]: the input, and the gradient of the output.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
// [batches, channels], and what else the forward pass kept.
@group(0) @binding(2) var<storage, read> scales: array<Scale>;
// The gradients: as x, and [channels] each.
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read_write> gamma: array<f32>;
@group(0) @binding(5) var<storage, read_write> beta: array<f32>;
@group(0) @binding(6) var<storage, read> sizes: Sizes;

var<workgroup> partial: array<vec2<f32>, WORKGROUP>;

// The sums over the workgroup, in every invocation.
fn total(local: u32, values: vec2<f32>) -> vec2<f32> {
    partial[local] = values;
    workgroupBarrier();
    // Every invocation adds up all values: a tree would take a barrier for each of its levels.
    var sum = vec2(0.0);
    for (var i = 0u; i < WORKGROUP; i++) {
        sum += partial[i];
    }
    workgroupBarrier();
    return sum;
}

// The normalized input, and the gradient that has passed the leaky ReLU.
fn passed(at: u32, scale: Scale) -> vec2<f32> {
    let apart = x[at] - scale.mean;
    let before = apart * scale.factor + scale.offset;
    let gradient = output[at];
    return vec2(apart * scale.inverse, select(gradient, gradient * sizes.slope, before < 0.0));
}

@compute @workgroup_size(WORKGROUP)
fn norm_leaky_gradient(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let channel = group.x + group.y * groups.x;
    if (channel >= sizes.channels) {
        return;
    }
    let lanes = sizes.lanes;
    let samples = WORKGROUP / lanes;
    let first = local / lanes;
    let lane = local % lanes;
    var all = vec2(0.0);
    for (var batch = 0u; batch < sizes.batches; batch++) {
        let start = batch * sizes.batch + first;
        let end = (batch + 1u) * sizes.batch;
        let scale = scales[batch * sizes.channels + channel];

        var sums = vec2(0.0);
        for (var sample = start; sample < end; sample += samples) {
            let plane = (sample * sizes.channels + channel) * sizes.area;
            for (var position = lane; position < sizes.area; position += lanes) {
                let values = passed(plane + position, scale);
                sums += vec2(values.x * values.y, values.y);
            }
        }
        let totals = total(local, sums);
        all += totals;
        let means = totals / f32(sizes.batch * sizes.area);
        for (var sample = start; sample < end; sample += samples) {
            let plane = (sample * sizes.channels + channel) * sizes.area;
            for (var position = lane; position < sizes.area; position += lanes) {
                let values = passed(plane + position, scale);
                result[plane + position] = scale.factor * (values.y - means.y - values.x * means.x);
            }
        }
    }
    if (local == 0u) {
        gamma[channel] = all.x;
        beta[channel] = all.y;
    }
}
