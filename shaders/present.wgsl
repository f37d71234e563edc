// Pictures in [-1, 1] as the pixels of a canvas: RGBA, 8 bits each, several pictures in a grid. One invocation per
// pixel.

override WORKGROUP: u32 = 64u;

struct Sizes {
    // Of one picture.
    height: u32,
    width: u32,
    // Pictures, and how many of them stand in a row of the grid. What the last row lacks is transparent.
    count: u32,
    columns: u32,
    // Where the first picture's first value lies, and how far apart pictures, their channels and their rows are.
    first: u32,
    sample: u32,
    plane: u32,
    row: u32,
}

// Three channels each, as `sizes` says.
@group(0) @binding(0) var<storage, read> pictures: array<f32>;
// [rows of the grid * height, columns * width], red in the lowest byte.
@group(0) @binding(1) var<storage, read_write> pixels: array<u32>;
@group(0) @binding(2) var<storage, read> sizes: Sizes;

// The nearest of 256 steps, halves away from zero.
fn byte(value: f32) -> u32 {
    return u32(floor(clamp((value + 1.0) * 127.5, 0.0, 255.0) + 0.5));
}

// A dispatch has at most 65,535 workgroups along x; the rest continue along y.
@compute @workgroup_size(WORKGROUP)
fn present(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    let pixel = (group.x + group.y * groups.x) * WORKGROUP + local;
    let line = sizes.columns * sizes.width;
    let grid_rows = (sizes.count + sizes.columns - 1u) / sizes.columns;
    if (pixel >= grid_rows * sizes.height * line) {
        return;
    }
    let x = pixel % line;
    let y = pixel / line;
    let picture = y / sizes.height * sizes.columns + x / sizes.width;
    if (picture >= sizes.count) {
        pixels[pixel] = 0u;
        return;
    }
    let at = sizes.first + picture * sizes.sample + y % sizes.height * sizes.row + x % sizes.width;
    let red = byte(pictures[at]);
    let green = byte(pictures[at + sizes.plane]);
    let blue = byte(pictures[at + 2u * sizes.plane]);
    pixels[pixel] = red | (green << 8u) | (blue << 16u) | (255u << 24u);
}
