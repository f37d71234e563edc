// Sums of two channels of the feature map at a time, in conv2d_weight.wgsl: half the registers.

// Channels.
const LANES: u32 = 2u;
// A sum of each.
alias Sum = vec2<f32>;
// Four neighbouring positions of each.
alias Maps = mat2x4<f32>;

fn maps(at: u32, planes: vec4<u32>) -> Maps {
    return Maps(map[at + planes.x], map[at + planes.y]);
}
