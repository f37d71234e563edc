// The sum of each channel over samples and positions: a convolution's gradient for its bias. f32.
//
// A workgroup takes a channel. `lanes` neighbouring invocations read neighbouring positions; where a plane has fewer
// positions than a workgroup has invocations, the others read further samples.

override WORKGROUP: u32 = 64u;

struct Sizes {
    batch: u32,
    channels: u32,
    // Positions of a channel in one sample.
    area: u32,
    // Invocations along the positions of a plane; divides WORKGROUP.
    lanes: u32,
}

// [batch, channels, area]
@group(0) @binding(0) var<storage, read> values: array<f32>;
// [channels]
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<storage, read> sizes: Sizes;

var<workgroup> partial: array<f32, WORKGROUP>;

@compute @workgroup_size(WORKGROUP)
fn channel_sum(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let channel = group.x + group.y * groups.x;
    if (channel >= sizes.channels) {
        return;
    }
    var sum = 0.0;
    for (var sample = local / sizes.lanes; sample < sizes.batch; sample += WORKGROUP / sizes.lanes) {
        let plane = (sample * sizes.channels + channel) * sizes.area;
        for (var position = local % sizes.lanes; position < sizes.area; position += sizes.lanes) {
            sum += values[plane + position];
        }
    }
    partial[local] = sum;
    workgroupBarrier();
    if (local == 0u) {
        for (var i = 1u; i < WORKGROUP; i++) {
            sum += partial[i];
        }
        sums[channel] = sum;
    }
}
