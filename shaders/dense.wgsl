// Fully connected layer: every output is a sum over all inputs. Forward.
//
// One invocation computes 4 outputs of 4 samples: 16 multiply-adds per input for one vec4 of weights and 4 values.
// Where there are few outputs and many inputs, SLICES invocations share them (sliced-K): each takes every SLICES-th
// input, and a file of `parts/` adds up their sums.

// Invocations that share four outputs; divides WORKGROUP.
override SLICES: u32 = 1u;
override WORKGROUP: u32 = 64u;
// vec4s of an invocation's sums: one for each of four samples.
override ITEMS: u32 = 4u;

// Data type of weights: each is read once, so reading them takes the time. f16 where a device has it.
alias Scalar = f32;

struct Sizes {
    // A multiple of 4: a buffer has room for as many samples.
    samples: u32,
    inputs: u32,
    outputs: u32,
    // Where the inputs' first value lies, and how far apart samples are.
    input_first: u32,
    input_sample: u32,
    // Outputs are written as [channels, height, width]: `width` values to a row, `area` to a channel.
    width: u32,
    area: u32,
    // Where the result's first value lies, and how far apart samples, channels and rows are.
    first: u32,
    sample: u32,
    plane: u32,
    row: u32,
    // The activation after sum and bias, by `activated`'s numbers.
    activation: u32,
}

// As `sizes` says.
@group(0) @binding(0) var<storage, read> input: array<f32>;
// [outputs / 4, inputs, 4], zeros beyond the last output.
@group(0) @binding(1) var<storage, read> weights: array<vec4<Scalar>>;
// [outputs]
@group(0) @binding(2) var<storage, read> bias: array<f32>;
// As `sizes` says.
@group(0) @binding(3) var<storage, read_write> result: array<f32>;
@group(0) @binding(4) var<storage, read> sizes: Sizes;

// One column for each sample.
alias Sums = array<mat4x4<f32>, 1>;

// Four outputs of one sample.
fn store(sample: u32, output: u32, sums: vec4<f32>) {
    if (sample >= sizes.samples) {
        return;
    }
    let start = sizes.first + sample * sizes.sample;
    let count = min(4u, sizes.outputs - output);
    var offsets = vec4<f32>();
    for (var i = 0u; i < count; i++) {
        offsets[i] = bias[output + i];
    }
    let values = activated(sums + offsets, sizes.activation);
    for (var i = 0u; i < count; i++) {
        let o = output + i;
        let position = o % sizes.area;
        let at = start + o / sizes.area * sizes.plane + position / sizes.width * sizes.row + position % sizes.width;
        result[at] = values[i];
    }
}

// A dispatch has at most 65,535 workgroups along x; the rest continue along y. Samples are along z, four at a time.
@compute @workgroup_size(WORKGROUP)
fn dense(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    invocation: Invocation,
) {
    let share = share_of(invocation);
    let tile = (group.x + group.y * groups.x) * (WORKGROUP / SLICES) + share.tile;
    let inside = tile < (sizes.outputs + 3u) / 4u;
    let sample = 4u * group.z;
    let at = sizes.input_first + sample * sizes.input_sample;
    let w = tile * sizes.inputs;

    var sums = mat4x4<f32>();
    let end = select(0u, sizes.inputs, inside);
    for (var i = share.slice; i < end; i += SLICES) {
        let weight = vec4<f32>(weights[w + i]);
        sums += mat4x4<f32>(
            weight * input[at + i],
            weight * input[at + sizes.input_sample + i],
            weight * input[at + 2u * sizes.input_sample + i],
            weight * input[at + 3u * sizes.input_sample + i],
        );
    }

    var all = Sums(sums);
    add_up(invocation, &all);
    if (!inside) {
        return;
    }
    for (var item = share.slice; item < ITEMS; item += SLICES) {
        store(sample + item, 4u * tile, all[0][item]);
    }
}
