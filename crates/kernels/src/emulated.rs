//! For tests: a GPU on machines without one.
//!
//! Vulkan's loader reads its driver from the environment when it is first used, and a running test cannot change the
//! environment safely. So a test starts itself once more, as a child whose environment names SwiftShader's driver.

use std::{env, path::PathBuf, process::Command};

use crate::{DeviceChoice, OpenDevice, open};

/// Names the driver's manifest, where it is not Chromium's in Debian.
const DRIVER: &str = "STYLEWALK_VK_DRIVER";
const DEBIAN: &str = "/usr/lib/chromium/vk_swiftshader_icd.json";
/// Set in the child.
const CHILD: &str = "STYLEWALK_TEST_CHILD";
/// What the child prints, so that a child in which no test ran is not taken for a success.
const RAN: &str = "ran on";

/// Runs `body` on an emulated GPU, in a child process. `test` is the calling test's full name. Prints `skipped` where no
/// driver is installed.
pub(crate) fn on_emulated_gpu(test: &str, body: impl FnOnce(OpenDevice)) {
    if env::var_os(CHILD).is_some() {
        let open = pollster::block_on(open(DeviceChoice::Vulkan)).expect("the driver's adapter");
        println!("{RAN} {}", open.name);
        return body(open);
    }
    let driver = env::var_os(DRIVER).map_or_else(|| PathBuf::from(DEBIAN), PathBuf::from);
    if !driver.is_file() {
        println!(
            "skipped: {} is absent (install chromium, or set {DRIVER})",
            driver.display()
        );
        return;
    }
    let child = Command::new(env::current_exe().expect("the test's own path"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("VK_DRIVER_FILES", &driver)
        .env("VK_ICD_FILENAMES", &driver)
        .output()
        .expect("the test's own program");
    let (out, err) = (
        String::from_utf8_lossy(&child.stdout),
        String::from_utf8_lossy(&child.stderr),
    );
    println!("{out}");
    assert!(
        child.status.success() && out.contains(RAN),
        "in the child process:\n{out}{err}"
    );
}
