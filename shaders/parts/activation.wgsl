// The activation after a layer's sums, for conv2d.wgsl, conv_transpose2d.wgsl and dense.wgsl; this text follows theirs.

// Slope of the leaky ReLU below zero, `LEAKY_SLOPE` in Rust.
const SLOPE: f32 = 0.2;

// `kind`: 0 identity, 1 leaky ReLU, 2 tanh. What is no number stays none: `max` and `clamp` may make one of it.
fn activated(x: vec4<f32>, kind: u32) -> vec4<f32> {
    if (kind == 1u) {
        return select(SLOPE * x, x, x > vec4(0.0));
    }
    if (kind == 2u) {
        // Beyond 15 tanh is 1 in f32, and some GPUs' own overflows.
        // `x != x` would not do: what it is translated to is false of what is no number.
        return select(x, tanh(clamp(x, vec4(-15.0), vec4(15.0))), x == x);
    }
    return x;
}
