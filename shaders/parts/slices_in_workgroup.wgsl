// Slices of a sum meet in workgroup memory, for conv2d.wgsl, conv_transpose2d.wgsl and dense.wgsl, after whose text this
// stands. `slices_in_subgroup.wgsl` does the same without memory.

// vec4s of workgroup memory: none is used by a single slice.
override SHARED: u32 = max(1u, min(SLICES - 1u, 1u) * WORKGROUP * ITEMS);

// What tells an invocation from the others of its workgroup.
struct Invocation {
    @builtin(local_invocation_index) index: u32,
}

// What an invocation computes: which of its workgroup's places, and which slice of the sums there.
struct Share {
    place: u32,
    slice: u32,
}

var<workgroup> partial: array<vec4<f32>, SHARED>;

// Neighbours take the same slice of neighbouring places.
fn share_of(invocation: Invocation) -> Share {
    let places = WORKGROUP / SLICES;
    return Share(invocation.index % places, invocation.index / places);
}

// Makes every SLICES-th item of a place's sums, from the invocation's own slice on, the sum of what all slices have there.
fn add_up(invocation: Invocation, sums: ptr<function, Sums>) {
    if (SLICES == 1u) {
        return;
    }
    for (var item = 0u; item < ITEMS; item++) {
        partial[invocation.index * ITEMS + item] = (*sums)[item / 4u][item % 4u];
    }
    workgroupBarrier();
    let places = WORKGROUP / SLICES;
    let share = share_of(invocation);
    for (var item = share.slice; item < ITEMS; item += SLICES) {
        var sum = vec4(0.0);
        for (var slice = 0u; slice < SLICES; slice++) {
            sum += partial[(slice * places + share.place) * ITEMS + item];
        }
        (*sums)[item / 4u][item % 4u] = sum;
    }
}
