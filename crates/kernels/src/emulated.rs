//! For tests: a GPU on machines without one.
//!
//! Vulkan's loader reads its driver from the environment when it is first used, and a running test cannot change the
//! environment safely. So a test starts itself once more, as a child whose environment names a driver that needs none.

use std::path::{Path, PathBuf};
use std::{env, fs, process::Command};

use crate::{DeviceChoice, OpenDevice, open};

/// Names the driver's manifest, where it is not Chromium's in Debian.
const DRIVER: &str = "STYLEWALK_VK_DRIVER";
const DEBIAN: &str = "/usr/lib/chromium/vk_swiftshader_icd.json";
/// Where Mesa's drivers have theirs, and what that of its emulated GPU is called before the processor's name.
const MESA: &str = "/usr/share/vulkan/icd.d";
const LAVAPIPE: &str = "lvp_icd.";
/// Set in the child.
const CHILD: &str = "STYLEWALK_TEST_CHILD";
/// What the child prints, so that a child in which no test ran is not taken for a success.
const RAN: &str = "ran on";

/// Runs `body` on an emulated GPU, in a child process. `test` is the calling test's full name. Prints `skipped` where
/// no driver is installed.
pub(crate) fn on_emulated_gpu(test: &str, body: impl FnOnce(OpenDevice)) {
    if !is_child(body) {
        run(test, &swiftshader());
    }
}

/// The same on SwiftShader, which has subgroups of 4 invocations, and on Mesa's lavapipe, with more in a subgroup and
/// numbers of 16 bits.
pub(crate) fn on_emulated_gpus(test: &str, body: impl FnOnce(OpenDevice)) {
    if !is_child(body) {
        run(test, &swiftshader());
        run(test, &lavapipe());
    }
}

/// In the child, does what there is to do.
fn is_child(body: impl FnOnce(OpenDevice)) -> bool {
    let child = env::var_os(CHILD).is_some();
    if child {
        let open = pollster::block_on(open(DeviceChoice::Vulkan)).expect("the driver's adapter");
        println!("{RAN} {}", open.name);
        body(open);
    }
    child
}

fn swiftshader() -> PathBuf {
    env::var_os(DRIVER).map_or_else(|| PathBuf::from(DEBIAN), PathBuf::from)
}

fn lavapipe() -> PathBuf {
    let named = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str());
        name.is_some_and(|name| name.starts_with(LAVAPIPE))
    };
    let paths = fs::read_dir(MESA).into_iter().flatten().flatten();
    let found = paths.map(|entry| entry.path()).find(named);
    found.unwrap_or_else(|| Path::new(MESA).join(LAVAPIPE))
}

fn run(test: &str, driver: &Path) {
    if !driver.is_file() {
        println!(
            "skipped: {} is absent (install chromium and mesa-vulkan-drivers, or set {DRIVER})",
            driver.display()
        );
        return;
    }
    let child = Command::new(env::current_exe().expect("the test's own path"))
        .args([test, "--exact", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("VK_DRIVER_FILES", driver)
        .env("VK_ICD_FILENAMES", driver)
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
