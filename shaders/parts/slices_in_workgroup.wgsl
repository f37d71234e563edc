// Reduces slices of a sum in workgroup memory, for conv2d.wgsl, conv_transpose2d.wgsl and dense.wgsl; this text follows
// theirs. `slices_in_subgroup.wgsl` does the same without memory.

// vec4s of workgroup memory: a single slice needs none, but an array has one at least.
override SHARED: u32 = max(1u, min(SLICES - 1u, 1u) * WORKGROUP * ITEMS);

// What tells an invocation from the others of its workgroup.
struct Invocation {
    @builtin(local_invocation_index) index: u32,
}

// What an invocation computes: a tile of the outputs, counted within its workgroup, and a slice of that tile's sums.
struct Share {
    tile: u32,
    slice: u32,
}

var<workgroup> partial: array<vec4<f32>, SHARED>;

// Neighbours take the same slice of neighbouring tiles.
fn share_of(invocation: Invocation) -> Share {
    let tiles = WORKGROUP / SLICES;
    return Share(invocation.index % tiles, invocation.index / tiles);
}

// Replaces every SLICES-th item of a tile's sums, from the invocation's own slice on, by its sum over all slices.
fn add_up(invocation: Invocation, sums: ptr<function, Sums>) {
    if (SLICES == 1u) {
        return;
    }
    for (var item = 0u; item < ITEMS; item++) {
        partial[invocation.index * ITEMS + item] = (*sums)[item / 4u][item % 4u];
    }
    workgroupBarrier();
    let tiles = WORKGROUP / SLICES;
    let share = share_of(invocation);
    for (var item = share.slice; item < ITEMS; item += SLICES) {
        var sum = vec4(0.0);
        for (var slice = 0u; slice < SLICES; slice++) {
            sum += partial[(slice * tiles + share.tile) * ITEMS + item];
        }
        (*sums)[item / 4u][item % 4u] = sum;
    }
}
