// Sums of four channels of the feature map at a time, in conv2d_weight.wgsl.

// Channels.
const LANES: u32 = 4u;
// A sum of each.
alias Sum = vec4<f32>;
// Four neighbouring positions of each.
alias Maps = mat4x4<f32>;

fn maps(at: u32, planes: vec4<u32>) -> Maps {
    return Maps(map[at + planes.x], map[at + planes.y], map[at + planes.z], map[at + planes.w]);
}
