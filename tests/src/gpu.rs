//! Tests on a GPU through Vulkan, emulated if need be.

use std::path::Path;
use std::process::Command;

use bigan::burn::tensor::Device;
use kernels::{DeviceChoice, OpenDevice};
use pollster::block_on;

/// SwiftShader, a GPU emulated on the CPU, as Debian's chromium brings it.
const SWIFTSHADER: &str = "/usr/lib/chromium/vk_swiftshader_icd.json";
/// Where Mesa's drivers are, and what the one is called before the processor's name that is such a GPU as well, and has
/// numbers of 16 bits.
const MESA: &str = "/usr/share/vulkan/icd.d";
const LAVAPIPE: &str = "lvp_icd.";
/// Set in the child.
const CHILD: &str = "STYLEWALK_GPU_CHILD";

/// Runs `check` in the test named `test`, which calls this, on a Vulkan device.
///
/// The test binary runs itself again for it: Vulkan's loader reads `VK_DRIVER_FILES` once, and a crash of a driver then
/// fails this test instead of ending all of them. The driver is that of `STYLEWALK_VK_DRIVER`, else SwiftShader's where
/// chromium is installed, else whatever the machine has. Without any adapter, says so and passes.
pub fn in_child(test: &str, check: impl FnOnce(&Device)) {
    open_in_child(test, |open| check(&open.device));
}

/// The same, with all that is known of the device.
pub fn open_in_child(test: &str, check: impl FnOnce(&OpenDevice)) {
    if std::env::var_os(CHILD).is_some() {
        return on_device(check);
    }
    run(test, driver());
}

/// The same, on a device with numbers of 16 bits. Where there is no such driver, says so and passes.
pub fn open_in_f16_child(test: &str, check: impl FnOnce(&OpenDevice)) {
    if std::env::var_os(CHILD).is_some() {
        return on_device(check);
    }
    let drivers = std::fs::read_dir(MESA).into_iter().flatten().flatten();
    let mut names = drivers.filter_map(|driver| driver.file_name().into_string().ok());
    match names.find(|name| name.starts_with(LAVAPIPE)) {
        Some(name) => run(test, Some(format!("{MESA}/{name}"))),
        None => eprintln!("skipped: Mesa's lavapipe is absent (install mesa-vulkan-drivers)"),
    }
}

fn run(test: &str, driver: Option<String>) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args([test, "--exact", "--nocapture"]).env(CHILD, "1");
    if let Some(driver) = driver {
        child.env("VK_DRIVER_FILES", driver);
    }
    let output = child.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    eprint!("{said}");
    let summary = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}: {said}", output.status);
    assert!(
        summary.contains("1 passed"),
        "{test} did not run: {summary}"
    );
}

fn on_device(check: impl FnOnce(&OpenDevice)) {
    match block_on(kernels::open(DeviceChoice::Vulkan)) {
        Ok(open) => {
            eprintln!("on {}", open.name);
            check(&open);
        }
        Err(error) => eprintln!("skipped: {error}"),
    }
}

fn driver() -> Option<String> {
    let named = std::env::var("STYLEWALK_VK_DRIVER").ok();
    let named = named.filter(|driver| !driver.is_empty());
    named.or_else(|| {
        Path::new(SWIFTSHADER)
            .exists()
            .then(|| SWIFTSHADER.to_owned())
    })
}
