// Product of two matrices that lie in memory with any strides, so that a transpose need not be written out. f32.
//
// One invocation computes 4x4 values: 16 multiply-adds for 8 loads. Where there are few values, the inner dimension is
// split among invocations (split-K), and `sum_split_k.wgsl` adds up their partial sums. Sums stay in registers.

override WORKGROUP: u32 = 64u;
// Side of an invocation's block. The code below is written out for 4.
const BLOCK: u32 = 4u;

struct Sizes {
    rows: u32,
    columns: u32,
    // The inner dimension, how much of it a split takes, and how many splits there are.
    depth: u32,
    split_depth: u32,
    splits: u32,
    // From an element of the left matrix to the one in the next row, and in the next column.
    left_row: u32,
    left_column: u32,
    right_row: u32,
    right_column: u32,
}

// [rows, depth] and [depth, columns], as the strides say.
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
// [splits, rows, columns]
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<storage, read> sizes: Sizes;

fn store(split: u32, row: u32, column: u32, sums: vec4<f32>) {
    if (row >= sizes.rows) {
        return;
    }
    let at = (split * sizes.rows + row) * sizes.columns + column;
    let count = min(BLOCK, sizes.columns - column);
    for (var i = 0u; i < count; i++) {
        result[at + i] = sums[i];
    }
}

@compute @workgroup_size(WORKGROUP)
fn product(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) local: u32,
) {
    // A dispatch has at most 65,535 workgroups along x; the rest continue along y.
    let invocation = (group.x + group.y * groups.x) * WORKGROUP + local;
    let across = (sizes.columns + BLOCK - 1u) / BLOCK;
    let down = (sizes.rows + BLOCK - 1u) / BLOCK;
    if (invocation >= sizes.splits * down * across) {
        return;
    }
    // Neighbours share the rows.
    let column = invocation % across * BLOCK;
    let row = invocation / across % down * BLOCK;
    let split = invocation / (across * down);
    // Beyond the last row and column the last is computed again, and not written.
    let last_row = sizes.rows - 1u;
    let last_column = sizes.columns - 1u;
    let begin = split * sizes.split_depth;
    let end = min(begin + sizes.split_depth, sizes.depth);

    var row0 = row * sizes.left_row + begin * sizes.left_column;
    var row1 = min(row + 1u, last_row) * sizes.left_row + begin * sizes.left_column;
    var row2 = min(row + 2u, last_row) * sizes.left_row + begin * sizes.left_column;
    var row3 = min(row + 3u, last_row) * sizes.left_row + begin * sizes.left_column;
    var column0 = column * sizes.right_column + begin * sizes.right_row;
    var column1 = min(column + 1u, last_column) * sizes.right_column + begin * sizes.right_row;
    var column2 = min(column + 2u, last_column) * sizes.right_column + begin * sizes.right_row;
    var column3 = min(column + 3u, last_column) * sizes.right_column + begin * sizes.right_row;
    var sums0 = vec4(0.0);
    var sums1 = vec4(0.0);
    var sums2 = vec4(0.0);
    var sums3 = vec4(0.0);
    for (var k = begin; k < end; k++) {
        let values = vec4(right[column0], right[column1], right[column2], right[column3]);
        sums0 += left[row0] * values;
        sums1 += left[row1] * values;
        sums2 += left[row2] * values;
        sums3 += left[row3] * values;
        row0 += sizes.left_column;
        row1 += sizes.left_column;
        row2 += sizes.left_column;
        row3 += sizes.left_column;
        column0 += sizes.right_row;
        column1 += sizes.right_row;
        column2 += sizes.right_row;
        column3 += sizes.right_row;
    }
    store(split, row, column, sums0);
    store(split, row + 1u, column, sums1);
    store(split, row + 2u, column, sums2);
    store(split, row + 3u, column, sums3);
}
