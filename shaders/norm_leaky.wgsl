// Batch normalization with the batch's statistics, then leaky ReLU, of batches that lie one after the other, each by its own
// statistics; running statistics are moved towards each. f32, forward.
//
// A workgroup takes a channel, and reads each batch of it three times: for its mean, for its variance (a second pass, which avoids
// cancellation) and to normalize it. `lanes` neighbouring invocations read neighbouring positions; where a plane has
// fewer positions than a workgroup has invocations, the others read further samples.

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
    epsilon: f32,
    // Slope of the leaky ReLU below zero.
    slope: f32,
    // How much a batch weighs in the running statistics, 0 where there are none, and one minus that.
    weight: f32,
    keep: f32,
    // Where the moved running means and variances lie in `kept`.
    means: u32,
    variances: u32,
}

// [batches * batch, channels, area]
@group(0) @binding(0) var<storage, read> x: array<f32>;
// [channels] each
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
// The running statistics, [channels] each; where there are none, anything.
@group(0) @binding(3) var<storage, read> mean_before: array<f32>;
@group(0) @binding(4) var<storage, read> variance_before: array<f32>;
// As x.
@group(0) @binding(5) var<storage, read_write> output: array<f32>;
// [batches, channels, 4], what the backward pass needs: mean, one over the standard deviation, factor and offset. Then the
// running statistics, where `sizes` says.
@group(0) @binding(6) var<storage, read_write> kept: array<f32>;
@group(0) @binding(7) var<storage, read> sizes: Sizes;

var<workgroup> partial: array<f32, WORKGROUP>;

// The sum over the workgroup, in every invocation.
fn total(local: u32, value: f32) -> f32 {
    partial[local] = value;
    workgroupBarrier();
    // Every invocation adds up all values: a tree would take a barrier for each of its levels.
    var sum = 0.0;
    for (var i = 0u; i < WORKGROUP; i++) {
        sum += partial[i];
    }
    workgroupBarrier();
    return sum;
}

@compute @workgroup_size(WORKGROUP)
fn norm_leaky(
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
    let count = f32(sizes.batch * sizes.area);

    var running_mean = mean_before[channel];
    var running_variance = variance_before[channel];
    for (var batch = 0u; batch < sizes.batches; batch++) {
        let start = batch * sizes.batch + first;
        let end = (batch + 1u) * sizes.batch;

        var sum = 0.0;
        for (var sample = start; sample < end; sample += samples) {
            let plane = (sample * sizes.channels + channel) * sizes.area;
            for (var position = lane; position < sizes.area; position += lanes) {
                sum += x[plane + position];
            }
        }
        let mean = total(local, sum) / count;

        var squares = 0.0;
        for (var sample = start; sample < end; sample += samples) {
            let plane = (sample * sizes.channels + channel) * sizes.area;
            for (var position = lane; position < sizes.area; position += lanes) {
                let apart = x[plane + position] - mean;
                squares += apart * apart;
            }
        }
        let variance = total(local, squares) / count;

        let inverse = 1.0 / sqrt(variance + sizes.epsilon);
        let factor = inverse * gamma[channel];
        let offset = beta[channel];
        running_mean = running_mean * sizes.keep + mean * sizes.weight;
        running_variance = running_variance * sizes.keep + variance * sizes.weight;
        if (local == 0u) {
            let at = 4u * (batch * sizes.channels + channel);
            kept[at] = mean;
            kept[at + 1u] = inverse;
            kept[at + 2u] = factor;
            kept[at + 3u] = offset;
        }
        for (var sample = start; sample < end; sample += samples) {
            let plane = (sample * sizes.channels + channel) * sizes.area;
            for (var position = lane; position < sizes.area; position += lanes) {
                let normed = (x[plane + position] - mean) * factor + offset;
                output[plane + position] = select(normed, normed * sizes.slope, normed < 0.0);
            }
        }
    }
    if (local == 0u && sizes.weight != 0.0) {
        kept[sizes.means + channel] = running_mean;
        kept[sizes.variances + channel] = running_variance;
    }
}
