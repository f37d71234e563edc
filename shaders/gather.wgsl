// Copies up to six tensors into one, each where `sizes` says, with zeros after it up to the next. f32.

override WORKGROUP: u32 = 64u;

struct Sizes {
    // Where the first tensor begins in the result, and how many values are written from there on.
    first: u32,
    count: u32,
    // From there on, where each of the others begins; one that is not there begins at `count`.
    begin1: u32,
    begin2: u32,
    begin3: u32,
    begin4: u32,
    begin5: u32,
    // Values of each.
    length0: u32,
    length1: u32,
    length2: u32,
    length3: u32,
    length4: u32,
    length5: u32,
}

// Those that are not there are anything.
@group(0) @binding(0) var<storage, read> part0: array<f32>;
@group(0) @binding(1) var<storage, read> part1: array<f32>;
@group(0) @binding(2) var<storage, read> part2: array<f32>;
@group(0) @binding(3) var<storage, read> part3: array<f32>;
@group(0) @binding(4) var<storage, read> part4: array<f32>;
@group(0) @binding(5) var<storage, read> part5: array<f32>;
@group(0) @binding(6) var<storage, read_write> result: array<f32>;
@group(0) @binding(7) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn gather(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let index = (group.x + group.y * groups.x) * WORKGROUP + local;
    if (index >= sizes.count) {
        return;
    }
    var value = 0.0;
    if (index >= sizes.begin5) {
        let at = index - sizes.begin5;
        if (at < sizes.length5) {
            value = part5[at];
        }
    } else if (index >= sizes.begin4) {
        let at = index - sizes.begin4;
        if (at < sizes.length4) {
            value = part4[at];
        }
    } else if (index >= sizes.begin3) {
        let at = index - sizes.begin3;
        if (at < sizes.length3) {
            value = part3[at];
        }
    } else if (index >= sizes.begin2) {
        let at = index - sizes.begin2;
        if (at < sizes.length2) {
            value = part2[at];
        }
    } else if (index >= sizes.begin1) {
        let at = index - sizes.begin1;
        if (at < sizes.length1) {
            value = part1[at];
        }
    } else if (index < sizes.length0) {
        value = part0[index];
    }
    result[sizes.first + index] = value;
}
