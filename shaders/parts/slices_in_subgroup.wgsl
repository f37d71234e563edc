// Slices of a sum meet in registers: the invocations of a subgroup, which run in step, hand them to one another. Stands in
// for `slices_in_workgroup.wgsl` where a device has subgroups of SLICES invocations at least, and workgroups are made of
// whole ones.

// What tells an invocation from the others of its workgroup.
struct Invocation {
    @builtin(subgroup_id) subgroup: u32,
    @builtin(subgroup_invocation_id) lane: u32,
    @builtin(subgroup_size) lanes: u32,
}

// What an invocation computes: which of its workgroup's places, and which slice of the sums there.
struct Share {
    place: u32,
    slice: u32,
}

// Neighbours take the slices of one place.
fn share_of(invocation: Invocation) -> Share {
    let first = invocation.subgroup * (invocation.lanes / SLICES);
    return Share(first + invocation.lane / SLICES, invocation.lane % SLICES);
}

// Makes every item of a place's sums the sum of what all slices have there: with the neighbouring slice, then between
// pairs of slices, then fours.
fn add_up(invocation: Invocation, sums: ptr<function, Sums>) {
    for (var item = 0u; item < ITEMS; item++) {
        var sum = (*sums)[item / 4u][item % 4u];
        for (var apart = 1u; apart < SLICES; apart *= 2u) {
            sum += subgroupShuffleXor(sum, apart);
        }
        (*sums)[item / 4u][item % 4u] = sum;
    }
}
