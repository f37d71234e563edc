//! Tests on a GPU through Vulkan, emulated on the processor.

use std::path::PathBuf;

use bigan::burn::tensor::Device;
use kernels::{DeviceChoice, OpenDevice};
use pollster::block_on;

/// Runs `check` in the test named `test`, which calls this and is marked `#[needs::gpu]`, on an emulated GPU in a child
/// process.
pub fn in_child(test: &str, check: impl FnOnce(&Device)) {
    open_in_child(test, |open| check(&open.device));
}

/// The same, with all that is known of the device.
pub fn open_in_child(test: &str, check: impl FnOnce(&OpenDevice)) {
    on(test, machine::swiftshader(), check);
}

/// The same, on a device with numbers of 16 bits. The test is marked `#[needs::gpu_with_f16]`.
pub fn open_in_f16_child(test: &str, check: impl FnOnce(&OpenDevice)) {
    on(test, machine::lavapipe(), check);
}

fn on(test: &str, driver: Option<PathBuf>, check: impl FnOnce(&OpenDevice)) {
    machine::in_child(test, &[driver], || {
        let open = block_on(kernels::open(DeviceChoice::Vulkan)).unwrap();
        println!("on {}", open.name);
        check(&open);
    });
}
