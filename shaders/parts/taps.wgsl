// The sums of the weight gradient's taps, in conv2d_weight.wgsl and conv2d_weight_staged.wgsl, in registers: of a row of the
// kernel, and of as many map channels as another file of `parts/` has.

// Sums of one kernel row: a tap each, for LANES map channels.
struct Taps {
    tap0: Sum,
    tap1: Sum,
    tap2: Sum,
    tap3: Sum,
    tap4: Sum,
}

// An image row's values for each tap of a kernel row of 5, at four neighbouring positions.
struct Columns {
    tap0: vec4<f32>,
    tap1: vec4<f32>,
    tap2: vec4<f32>,
    tap3: vec4<f32>,
    tap4: vec4<f32>,
}

fn columns(a: vec4<f32>, b: vec4<f32>, c: vec4<f32>) -> Columns {
    return Columns(
        vec4(a.xz, b.xz),
        vec4(a.yw, b.yw),
        vec4(a.z, b.xz, c.x),
        vec4(a.w, b.yw, c.y),
        vec4(b.xz, c.xz),
    );
}

// What they add to a kernel row; `m` has a column for each map channel. A kernel of 3 has the taps in the middle.
fn add(sums: ptr<function, Taps>, row: Columns, m: Maps) {
    (*sums).tap1 += row.tap1 * m;
    (*sums).tap2 += row.tap2 * m;
    (*sums).tap3 += row.tap3 * m;
    if (KERNEL == 5u) {
        (*sums).tap0 += row.tap0 * m;
        (*sums).tap4 += row.tap4 * m;
    }
}

fn store(at: u32, step: u32, count: u32, sums: Sum) {
    for (var i = 0u; i < count; i++) {
        result[at + i * step] = sums[i];
    }
}

// Writes a kernel row of `count` map channels.
fn store_row(at: u32, step: u32, count: u32, sums: Taps) {
    if (KERNEL == 5u) {
        store(at, step, count, sums.tap0);
        store(at + 4u, step, count, sums.tap4);
    }
    let middle = at + KERNEL / 2u;
    store(middle - 1u, step, count, sums.tap1);
    store(middle, step, count, sums.tap2);
    store(middle + 1u, step, count, sums.tap3);
}
