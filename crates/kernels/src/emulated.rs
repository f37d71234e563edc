//! For tests: a GPU on machines without one.

use std::path::PathBuf;

use crate::{DeviceChoice, OpenDevice, open};

/// Runs `body` on an emulated GPU, in a child process. `test` is the calling test's full name; it is marked
/// `#[needs::gpu]`.
pub(crate) fn on_emulated_gpu(test: &str, body: impl FnOnce(OpenDevice)) {
    on(test, &[machine::swiftshader()], body);
}

/// The same on SwiftShader, which has subgroups of 4 invocations, and on Mesa's lavapipe, with more in a subgroup and
/// numbers of 16 bits. The test is marked `#[needs::gpus]`.
pub(crate) fn on_emulated_gpus(test: &str, body: impl FnOnce(OpenDevice)) {
    on(test, &[machine::swiftshader(), machine::lavapipe()], body);
}

fn on(test: &str, drivers: &[Option<PathBuf>], body: impl FnOnce(OpenDevice)) {
    machine::in_child(test, drivers, || {
        let open = pollster::block_on(open(DeviceChoice::Vulkan)).expect("the driver's adapter");
        println!("on {}", open.name);
        body(open);
    });
}
