// Weight gradient of the stride-2 convolution and of its transpose, kernel 5x5 or 3x3: every tap of every pair of
// channels is a sum of products of image and feature map over all samples and positions. f32.
//
// One invocation computes all taps of one image channel and CHANNELS map channels, over some of the rows. For four
// neighbouring positions of a row that is one vec4 of the feature map for each of its channels and 2 of the image for
// each row of the kernel: 200, 400 or 800 multiply-adds for 12, 14 or 18 loads. Sums stay in registers, as files of `parts/`
// have them; no workgroup memory, no barrier. `conv2d_weight_staged.wgsl` has a workgroup share what it reads. Where the weight is small the rows are split among invocations (split-K), and `sum_split_k.wgsl` adds up
// their sums.

// Side of the kernel: 5 or 3.
override KERNEL: u32 = 5u;
// Channels of the feature map that an invocation computes: 2 with `parts/two_maps.wgsl`, 4 or 8 with `parts/four_maps.wgsl`.
override CHANNELS: u32 = 4u;
override WORKGROUP: u32 = 64u;

struct Sizes {
    image_channels: u32,
    map_channels: u32,
    // Rows of a channel of the feature map.
    height: u32,
    // vec4s of a row of the feature map, and of the padded image.
    map_row: u32,
    image_row: u32,
    // vec4s of a channel of the padded image.
    image_plane: u32,
    // Rows over all samples, how many of them a split takes, and how many splits there are.
    rows: u32,
    split_rows: u32,
    splits: u32,
    // Of a dispatch that does a part of them, its first invocation.
    first: u32,
}

// [batch, image_channels, 2 * height + 3, 4 * image_row]: two rows and columns of zero padding before the image, and
// zeros after it up to whole blocks of four positions.
@group(0) @binding(0) var<storage, read> image: array<vec4<f32>>;
// [batch, map_channels, height, 4 * map_row], zeros after the last position.
@group(0) @binding(1) var<storage, read> map: array<vec4<f32>>;
// [splits, map_channels, image_channels, KERNEL, KERNEL]
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn conv2d_weight(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let invocation = sizes.first + (group.x + group.y * groups.x) * WORKGROUP + local;
    let blocks = (sizes.map_channels + CHANNELS - 1u) / CHANNELS;
    if (invocation >= sizes.splits * blocks * sizes.image_channels) {
        return;
    }
    // Neighbours read the same values of the feature map.
    let channel = invocation % sizes.image_channels;
    let block = invocation / sizes.image_channels % blocks;
    let split = invocation / (sizes.image_channels * blocks);

    let map_plane = sizes.height * sizes.map_row;
    let first = block * CHANNELS;
    let last = sizes.map_channels - 1u;
    // Channels beyond the last are computed as the last, and not written.
    let low_planes = min(first + vec4(0u, 1u, 2u, 3u), vec4(last)) * map_plane;
    let high_planes = min(first + vec4(4u, 5u, 6u, 7u), vec4(last)) * map_plane;

    var low0 = Taps();
    var low1 = Taps();
    var low2 = Taps();
    var low3 = Taps();
    var low4 = Taps();
    var high0 = Taps();
    var high1 = Taps();
    var high2 = Taps();
    var high3 = Taps();
    var high4 = Taps();
    let begin = split * sizes.split_rows;
    let end = min(begin + sizes.split_rows, sizes.rows);
    for (var row = begin; row < end; row++) {
        let sample = row / sizes.height;
        let y = row % sizes.height;
        let image_first = (sample * sizes.image_channels + channel) * sizes.image_plane + 2u * y * sizes.image_row;
        let map_first = sample * sizes.map_channels * map_plane + y * sizes.map_row;
        // The last vec4 of a row's three is the first of the next position's.
        let at0 = image_first;
        let at1 = at0 + sizes.image_row;
        let at2 = at1 + sizes.image_row;
        let at3 = at2 + sizes.image_row;
        let at4 = at3 + sizes.image_row;
        var a0 = image[at0];
        var a1 = image[at1];
        var a2 = image[at2];
        var a3 = image[at3];
        var a4 = image[at4];
        for (var x = 0u; x < sizes.map_row; x++) {
            let next = 2u * x + 2u;
            let m = map_first + x;
            let low = maps(m, low_planes);
            var high = Maps();
            if (CHANNELS == 8u) {
                high = maps(m, high_planes);
            }
            // A row at a time, so that no other's values take registers.
            let c1 = image[at1 + next];
            let row1 = columns(a1, image[at1 + next - 1u], c1);
            a1 = c1;
            add(&low1, row1, low);
            if (CHANNELS == 8u) {
                add(&high1, row1, high);
            }
            let c2 = image[at2 + next];
            let row2 = columns(a2, image[at2 + next - 1u], c2);
            a2 = c2;
            add(&low2, row2, low);
            if (CHANNELS == 8u) {
                add(&high2, row2, high);
            }
            let c3 = image[at3 + next];
            let row3 = columns(a3, image[at3 + next - 1u], c3);
            a3 = c3;
            add(&low3, row3, low);
            if (CHANNELS == 8u) {
                add(&high3, row3, high);
            }
            if (KERNEL == 5u) {
                let c0 = image[at0 + next];
                let row0 = columns(a0, image[at0 + next - 1u], c0);
                a0 = c0;
                add(&low0, row0, low);
                if (CHANNELS == 8u) {
                    add(&high0, row0, high);
                }
                let c4 = image[at4 + next];
                let row4 = columns(a4, image[at4 + next - 1u], c4);
                a4 = c4;
                add(&low4, row4, low);
                if (CHANNELS == 8u) {
                    add(&high4, row4, high);
                }
            }
        }
    }

    // As in conv2d.wgsl, a loop with a single store compiles faster.
    var sums = array<Taps, 10>(low0, low1, low2, low3, low4, high0, high1, high2, high3, high4);
    let step = sizes.image_channels * KERNEL * KERNEL;
    let base = (split * sizes.map_channels + first) * step + channel * KERNEL * KERNEL;
    for (var item = 0u; item < KERNEL * CHANNELS / LANES; item++) {
        let row = item % KERNEL;
        let chunk = item / KERNEL;
        let lane = LANES * chunk;
        if (first + lane < sizes.map_channels) {
            let count = min(sizes.map_channels - first - lane, LANES);
            // A kernel of 3 has its rows in the middle.
            store_row(base + lane * step + row * KERNEL, step, count, sums[5u * chunk + row + 2u - KERNEL / 2u]);
        }
    }
}
