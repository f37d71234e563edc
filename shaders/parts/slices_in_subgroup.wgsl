// Reduces slices of a sum in registers: the invocations of a subgroup exchange them. Takes the place of
// `slices_in_workgroup.wgsl` where a device has subgroups of at least SLICES invocations, and workgroups consist of
// whole subgroups.

// What tells an invocation from the others of its workgroup.
struct Invocation {
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) lanes: u32,
}

// What an invocation computes: a tile of the outputs, counted within its workgroup, and a slice of that tile's sums.
struct Share {
    tile: u32,
    slice: u32,
}

// Neighbours take the slices of one tile.
fn share_of(invocation: Invocation) -> Share {
    let first = invocation.subgroup * (invocation.lanes / SLICES);
    return Share(first + invocation.lane / SLICES, invocation.lane % SLICES);
}

// Replaces every item of a tile's sums by its sum over all slices: first between neighbouring slices, then between
// pairs, then between fours.
fn add_up(invocation: Invocation, sums: ptr<function, Sums>) {
    for (var item = 0u; item < ITEMS; item++) {
        var sum = (*sums)[item / 4u][item % 4u];
        for (var apart = 1u; apart < SLICES; apart *= 2u) {
            sum += subgroupShuffleXor(sum, apart);
        }
        (*sums)[item / 4u][item % 4u] = sum;
    }
}
