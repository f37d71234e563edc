// The activation after a layer's sums, for conv2d.wgsl, conv_transpose2d.wgsl and dense.wgsl; this text follows theirs.

// Slope of the leaky ReLU below zero, `LEAKY_SLOPE` in Rust.
const SLOPE: f32 = 0.2;

// `kind`: 0 identity, 1 leaky ReLU, 2 tanh.
fn activated(x: vec4<f32>, kind: u32) -> vec4<f32> {
    if (kind == 1u) {
        return max(x, vec4(0.0)) + SLOPE * min(x, vec4(0.0));
    }
    if (kind == 2u) {
        // Beyond 15 tanh is 1 in f32, and some GPUs' own overflows.
        return tanh(clamp(x, vec4(-15.0), vec4(15.0)));
    }
    return x;
}
